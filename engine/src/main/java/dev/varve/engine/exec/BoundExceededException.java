package dev.varve.engine.exec;

/** An addition would have left its bounds. Thrown to the transaction, which may catch it. */
public final class BoundExceededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BoundExceededException(long value, long delta, long min, long max) {
        super(value + " + " + delta + " is not in [" + min + ", " + max + "]");
    }
}
