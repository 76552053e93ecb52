package dev.varve.sync.ethereum.source;

/** Bytes are not a valid snappy frame stream, or decode to more than was allowed. */
final class SnappyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int offset;

    SnappyException(String message, int offset) {
        super(message + " (offset " + offset + ")");
        this.offset = offset;
    }

    /** Offset in the array that was being decoded, in bytes. */
    int offset() {
        return offset;
    }
}
