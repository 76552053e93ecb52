package dev.varve.jmh;

import java.util.List;

/** A part of a run failed; what the other parts measured is here, and is worth keeping. */
public final class IncompleteException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<BenchResult> results;

    /** What failed, for people, and what did not. */
    public IncompleteException(String message, List<BenchResult> results) {
        super(message);
        this.results = List.copyOf(results);
    }

    public List<BenchResult> results() {
        return results;
    }
}
