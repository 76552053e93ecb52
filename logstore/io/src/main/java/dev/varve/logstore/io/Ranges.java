package dev.varve.logstore.io;

/** Checks of what a caller asks for; each failure is the caller's bug. */
final class Ranges {

    private Ranges() {}

    static void checkOffset(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
    }

    static void checkLength(long length) {
        if (length < 0) {
            throw new IllegalArgumentException("length " + length + " is negative");
        }
    }

    static void checkReadLength(long length) {
        if (length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "length " + length + " of one read is greater than " + Integer.MAX_VALUE);
        }
    }

    static void checkWithin(long offset, long length, long fileLength) {
        checkOffset(offset);
        checkLength(length);
        if (offset > fileLength - length) {
            throw new IllegalArgumentException(
                    "offset " + offset + " with length " + length + " is outside a file of "
                            + fileLength + " bytes");
        }
    }
}
