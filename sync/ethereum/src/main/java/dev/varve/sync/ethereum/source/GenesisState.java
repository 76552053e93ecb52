package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;

/** The state that a chain begins with, from the accounts of its genesis. For one thread. */
public final class GenesisState {

    private final Keccak256 keccak = new Keccak256();
    private final RlpWriter writer = new RlpWriter();

    /** A calculator for one thread. */
    public GenesisState() {}

    /** The account as the state holds it: with the hash of its code and the root of its storage. */
    public Account account(GenesisAccount account) {
        return new Account(
                account.nonce(),
                account.balance(),
                storageRoot(account),
                keccak.hash(account.code()));
    }

    /** The root of all accounts. */
    public byte[] root(Genesis genesis) {
        MerkleTrie trie = new MerkleTrie();
        for (GenesisAccount account : genesis.accounts()) {
            trie.put(keccak.hash(account.address()), account(account).encode());
        }
        return trie.rootHash();
    }

    private byte[] storageRoot(GenesisAccount account) {
        MerkleTrie trie = new MerkleTrie();
        for (GenesisAccount.Slot slot : account.storage()) {
            BigInteger value = new BigInteger(1, slot.value());
            if (value.signum() != 0) {
                trie.put(keccak.hash(slot.key()), writer.reset().integer(value).toByteArray());
            }
        }
        return trie.rootHash();
    }
}
