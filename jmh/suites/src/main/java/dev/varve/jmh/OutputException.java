package dev.varve.jmh;

/**
 * The standard output cannot be written: a command ends, for nobody is told what it finds. Passes
 * through whoever goes on when a part of the work fails.
 */
public final class OutputException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean readerGone;

    OutputException(String reason, boolean readerGone) {
        super("cannot write the standard output: " + reason);
        this.readerGone = readerGone;
    }

    /** Whether whoever read it is gone, such as {@code head}. */
    boolean isReaderGone() {
        return readerGone;
    }
}
