package dev.varve.engine.exec;

/** A {@link CommitListener} threw; the block ended there. The cause is what it threw. */
public final class CommitListenerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int index;

    CommitListenerException(int index, Throwable cause) {
        super("the listener failed at transaction " + index, cause);
        this.index = index;
    }

    /** The transaction whose commit the listener was told. */
    public int index() {
        return index;
    }
}
