package dev.varve.engine.exec;

/** An addition met a value that is not a counter. Thrown to the transaction, which may catch it. */
public final class NotACounterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotACounterException(int length) {
        super("a counter is 8 bytes, this value is " + length);
    }
}
