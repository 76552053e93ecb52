package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.rlp.RlpReader;

/**
 * The fields of a block header in the order of their encoding. Those after {@link #NONCE} came with
 * later forks; a header ends with the last one its fork knows.
 */
public enum HeaderField {
    PARENT_HASH(0, Kind.FIXED, 32),
    UNCLES_HASH(1, Kind.FIXED, 32),
    COINBASE(2, Kind.FIXED, 20),
    STATE_ROOT(3, Kind.FIXED, 32),
    TRANSACTIONS_ROOT(4, Kind.FIXED, 32),
    RECEIPTS_ROOT(5, Kind.FIXED, 32),
    LOGS_BLOOM(6, Kind.FIXED, 256),
    DIFFICULTY(7, Kind.BIG_INTEGER, 32),
    NUMBER(8, Kind.INTEGER, 8),
    GAS_LIMIT(9, Kind.INTEGER, 8),
    GAS_USED(10, Kind.INTEGER, 8),
    TIMESTAMP(11, Kind.INTEGER, 8),
    EXTRA_DATA(12, Kind.BYTES, Integer.MAX_VALUE),
    MIX_HASH(13, Kind.FIXED, 32),
    NONCE(14, Kind.FIXED, 8),
    BASE_FEE(15, Kind.BIG_INTEGER, 32),
    WITHDRAWALS_ROOT(16, Kind.FIXED, 32),
    BLOB_GAS_USED(17, Kind.INTEGER, 8),
    EXCESS_BLOB_GAS(18, Kind.INTEGER, 8),
    PARENT_BEACON_BLOCK_ROOT(19, Kind.FIXED, 32),
    REQUESTS_HASH(20, Kind.FIXED, 32);

    /** What a field holds. */
    enum Kind {
        /** A string of one length. */
        FIXED,
        /** An integer below 2^63. */
        INTEGER,
        /** An integer below 2^256. */
        BIG_INTEGER,
        /** Any string. */
        BYTES
    }

    private static final HeaderField[] ALL = values();

    /** Number of fields that every header has. */
    static final int REQUIRED = NONCE.index + 1;

    private final int index;
    private final Kind kind;
    private final int maxLength;

    HeaderField(int index, Kind kind, int maxLength) {
        this.index = index;
        this.kind = kind;
        this.maxLength = maxLength;
    }

    static HeaderField at(int index) {
        return ALL[index];
    }

    static int count() {
        return ALL.length;
    }

    /** Place of the field in the encoding, from 0. */
    int index() {
        return index;
    }

    Kind kind() {
        return kind;
    }

    int maxLength() {
        return maxLength;
    }

    /** Passes this field in a header and checks its form. */
    void next(RlpReader reader) {
        switch (kind) {
            case FIXED -> reader.nextString(maxLength);
            case INTEGER -> reader.integer();
            case BIG_INTEGER -> reader.nextInteger(maxLength);
            case BYTES -> reader.nextString();
        }
    }
}
