package dev.varve.sync.ethereum;

/** A well-formed transaction that the rules of its fork do not allow in any state. */
public final class InvalidTransactionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InvalidTransactionException(String message) {
        super(message);
    }
}
