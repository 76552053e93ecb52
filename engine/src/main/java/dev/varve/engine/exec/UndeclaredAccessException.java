package dev.varve.engine.exec;

/**
 * A transaction touched a key, or touched it in a way, that its exact {@link AccessHints} do not
 * name. The caller's bug: it ends the block in every mode and is thrown by {@link
 * BlockExecutor#execute}, for the lowest such transaction.
 */
public final class UndeclaredAccessException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int index;

    UndeclaredAccessException(int index, String access, byte[] key) {
        super("transaction " + index + " did not declare to " + access + " key " + Keys.toHex(key));
        this.index = index;
    }

    /** The transaction. */
    public int index() {
        return index;
    }
}
