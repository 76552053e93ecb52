package dev.varve.sync;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HexFormat;

/** The id of an item, for a block its hash: 1 to 64 bytes. Immutable. */
public final class ItemId implements Serializable {

    private static final long serialVersionUID = 1L;

    public static final int MAX_LENGTH = 64;

    private final byte[] bytes;

    private ItemId(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "an item's id has 1 to " + MAX_LENGTH + " bytes, not " + bytes.length);
        }
        this.bytes = bytes;
    }

    /** The id of these bytes, which are copied. */
    public static ItemId of(byte[] bytes) {
        return new ItemId(bytes.clone());
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How many bytes. */
    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ItemId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The bytes in hexadecimal, after {@code 0x}. */
    @Override
    public String toString() {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
