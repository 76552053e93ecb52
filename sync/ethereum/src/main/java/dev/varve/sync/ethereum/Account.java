package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An account as the state trie holds it. Immutable; its arrays are not to be changed by those who
 * get them.
 */
public final class Account {

    private static final byte[] EMPTY_CODE_HASH =
            HexFormat.of()
                    .parseHex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");

    private final long nonce;
    private final BigInteger balance;
    private final byte[] storageRoot;
    private final byte[] codeHash;

    /** An account; takes the arrays over. The nonce is unsigned. */
    public Account(long nonce, BigInteger balance, byte[] storageRoot, byte[] codeHash) {
        this.nonce = nonce;
        this.balance = balance;
        this.storageRoot = storageRoot;
        this.codeHash = codeHash;
    }

    /** An account without code and storage. */
    public static Account plain(long nonce, BigInteger balance) {
        return new Account(nonce, balance, MerkleTrie.emptyRoot(), emptyCodeHash());
    }

    /** Decodes the value of the state trie. */
    public static Account decode(byte[] rlp) {
        RlpReader reader = new RlpReader(rlp);
        reader.enterList();
        Account account =
                new Account(
                        reader.unsignedLong(),
                        reader.bigInteger(32),
                        reader.bytes(32),
                        reader.bytes(32));
        reader.leaveList();
        reader.end();
        return account;
    }

    /** Hash of no code, in a new array. */
    public static byte[] emptyCodeHash() {
        return EMPTY_CODE_HASH.clone();
    }

    /** Encodes the value of the state trie. */
    public byte[] encode() {
        return new RlpWriter(112)
                .startList()
                .integer(nonce)
                .integer(balance)
                .string(storageRoot)
                .string(codeHash)
                .endList()
                .toByteArray();
    }

    /** The same account with another nonce and balance. */
    public Account with(long newNonce, BigInteger newBalance) {
        return new Account(newNonce, newBalance, storageRoot, codeHash);
    }

    /** Number of transactions sent, unsigned. */
    public long nonce() {
        return nonce;
    }

    /** Balance in wei. */
    public BigInteger balance() {
        return balance;
    }

    public byte[] storageRoot() {
        return storageRoot;
    }

    public byte[] codeHash() {
        return codeHash;
    }

    /** Whether nonce, balance and code are all empty: Spurious Dragon deletes such accounts. */
    public boolean isEmpty() {
        return nonce == 0
                && balance.signum() == 0
                && Arrays.equals(codeHash, EMPTY_CODE_HASH);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Account account
                && nonce == account.nonce
                && balance.equals(account.balance)
                && Arrays.equals(storageRoot, account.storageRoot)
                && Arrays.equals(codeHash, account.codeHash);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(nonce) * 31 + balance.hashCode();
    }

    @Override
    public String toString() {
        return "account of " + balance + " wei, nonce " + Long.toUnsignedString(nonce);
    }
}
