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

    /** Whether the protocol has a contract at this address under a fork before the merge. */
    public boolean isBuiltIn(Fork fork) {
        for (int i = 0; i < LENGTH - 1; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        int number = bytes[LENGTH - 1] & 0xff;
        return number > 0 && number <= fork.builtInContracts();
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
