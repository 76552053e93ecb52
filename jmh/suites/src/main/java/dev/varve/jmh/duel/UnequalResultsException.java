package dev.varve.jmh.duel;

/** Two releases that should do the same did not: there is nothing to compare the times of. */
public final class UnequalResultsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnequalResultsException(String message) {
        super(message);
    }
}
