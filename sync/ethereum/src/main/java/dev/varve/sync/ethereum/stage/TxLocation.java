package dev.varve.sync.ethereum.stage;

import java.nio.ByteBuffer;

/**
 * Where a transaction stands in the chain. Immutable; {@code docs/FORMAT-ethereum.md} says how it is
 * stored.
 *
 * @param height of its block
 * @param index in its block, from 0
 */
public record TxLocation(long height, int index) {

    private static final int LENGTH = Long.BYTES + Integer.BYTES;

    /** Reads what {@link #encode} wrote. */
    public static TxLocation decode(byte[] value) {
        if (value.length != LENGTH) {
            throw new IllegalArgumentException(
                    "a location has " + LENGTH + " bytes, not " + value.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(value);
        return new TxLocation(buffer.getLong(), buffer.getInt());
    }

    byte[] encode() {
        return ByteBuffer.allocate(LENGTH).putLong(height).putInt(index).array();
    }
}
