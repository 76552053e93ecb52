package dev.varve.sync;

import org.jspecify.annotations.Nullable;

/**
 * A run ended before its target for a reason that one stage has. What was committed before stays,
 * and the store can be used and the run be repeated.
 */
public abstract sealed class SyncException extends RuntimeException
        permits BadItemException, LineageException, RetriesExhaustedException {

    private static final long serialVersionUID = 1L;

    private final String stage;

    SyncException(String stage, String message, @Nullable Throwable cause) {
        super("stage " + stage + ": " + message, cause);
        this.stage = stage;
    }

    /** Id of the stage. */
    public String stage() {
        return stage;
    }
}
