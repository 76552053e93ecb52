package dev.varve.sync.ethereum.rlp;

/**
 * Bytes are not the one valid encoding of what they should hold: a broken header, an item that
 * passes the end of its list, or a field of another kind or length than expected.
 */
public final class RlpException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int offset;

    public RlpException(String message, int offset) {
        super(message + " (offset " + offset + ")");
        this.offset = offset;
    }

    /** Offset of the item concerned in the range that was being read, in bytes. */
    public int offset() {
        return offset;
    }
}
