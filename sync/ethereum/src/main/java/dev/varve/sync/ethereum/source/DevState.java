package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The accounts of a generated chain, none of which has code, and the trie over them. */
final class DevState {

    /** An address as a key of a map. */
    private static final class Address {

        final byte[] bytes;

        Address(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Address address && Arrays.equals(bytes, address.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    private static final Account NONE = Account.plain(0, BigInteger.ZERO);

    private final Keccak256 keccak = new Keccak256();
    private final MerkleTrie trie = new MerkleTrie();
    private final Map<Address, Account> accounts = new HashMap<>();

    /** Addresses changed since the last root. */
    private final Set<Address> touched = new HashSet<>();

    /** Number of transactions sent from an address. */
    long nonce(byte[] address) {
        return account(new Address(address)).nonce();
    }

    void credit(byte[] address, BigInteger wei) {
        Address key = new Address(address);
        Account account = account(key);
        put(key, account.with(account.nonce(), account.balance().add(wei)));
    }

    /** Takes wei from the sender of a transaction and counts the transaction. */
    void charge(byte[] address, BigInteger wei) {
        Address key = new Address(address);
        Account account = account(key);
        if (account.balance().compareTo(wei) < 0) {
            throw new IllegalStateException("an account of the generated chain ran dry");
        }
        put(key, account.with(account.nonce() + 1, account.balance().subtract(wei)));
    }

    /** The state root. */
    byte[] root() {
        for (Address key : touched) {
            store(key, account(key));
        }
        touched.clear();
        return trie.rootHash();
    }

    /** What the root would be if an address were credited; nothing changes. */
    byte[] rootAfterCredit(byte[] address, BigInteger wei) {
        if (!touched.isEmpty()) {
            throw new IllegalStateException(touched.size() + " changes are not in the trie yet");
        }
        Address key = new Address(address);
        Account before = accounts.get(key);
        Account account = account(key);
        store(key, account.with(account.nonce(), account.balance().add(wei)));
        byte[] root = trie.rootHash();
        store(key, before);
        return root;
    }

    private Account account(Address key) {
        return accounts.getOrDefault(key, NONE);
    }

    private void put(Address key, Account account) {
        accounts.put(key, account);
        touched.add(key);
    }

    private void store(Address key, @Nullable Account account) {
        byte[] path = keccak.hash(key.bytes);
        if (account == null) {
            trie.delete(path);
        } else {
            trie.put(path, account.encode());
        }
    }
}
