package dev.varve.sync.ethereum;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The 20 bytes that name an account. Immutable, and so a key of maps. */
public final class Address {

    public static final int LENGTH = 20;

    private final byte[] bytes;

    private Address(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException(
                    "an address has " + LENGTH + " bytes, not " + bytes.length);
        }
        this.bytes = bytes;
    }

    /** The address of these bytes, which must not change any more. */
    public static Address of(byte[] bytes) {
        return new Address(bytes);
    }

    /** The bytes; not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * Whether all bytes but the last two are zero: where contracts built into the protocol live.
     */
    public boolean isReserved() {
        for (int i = 0; i < LENGTH - 2; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address address && Arrays.equals(bytes, address.bytes);
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
