package dev.varve.sync.ethereum.source;

import java.math.BigInteger;
import java.util.List;

/** An account that a chain begins with. Immutable; its arrays are not to be changed. */
public final class GenesisAccount {

    /** A storage slot and its value, 32 bytes each. */
    public static final class Slot {

        private final byte[] key;
        private final byte[] value;

        Slot(byte[] key, byte[] value) {
            this.key = key;
            this.value = value;
        }

        public byte[] key() {
            return key;
        }

        public byte[] value() {
            return value;
        }
    }

    private final byte[] address;
    private final long nonce;
    private final BigInteger balance;
    private final byte[] code;
    private final List<Slot> storage;

    GenesisAccount(byte[] address, Content content) {
        this.address = address;
        nonce = content.nonce;
        balance = content.balance;
        code = content.code;
        storage = List.copyOf(content.storage);
    }

    /** An account without code and storage. */
    public static GenesisAccount plain(byte[] address, BigInteger balance) {
        Content content = new Content();
        content.balance = balance;
        return new GenesisAccount(address, content);
    }

    public byte[] address() {
        return address;
    }

    public long nonce() {
        return nonce;
    }

    /** Balance in wei. */
    public BigInteger balance() {
        return balance;
    }

    /** The code; empty for an account without. */
    public byte[] code() {
        return code;
    }

    public List<Slot> storage() {
        return storage;
    }

    /** What is being read about an account. */
    static final class Content {
        long nonce;
        BigInteger balance = BigInteger.ZERO;
        byte[] code = {};
        List<Slot> storage = List.of();
    }
}
