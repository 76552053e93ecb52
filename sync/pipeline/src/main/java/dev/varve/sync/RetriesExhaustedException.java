package dev.varve.sync;

/** A step was tried as often as the {@link RetryPolicy} allows. The cause is the last try's. */
public final class RetriesExhaustedException extends SyncException {

    private static final long serialVersionUID = 1L;

    private final int attempts;

    RetriesExhaustedException(String stage, int attempts, StepResult.Retry last) {
        super(stage, "gave up after " + attempts + " tries: " + last.reason(), last.cause());
        this.attempts = attempts;
    }

    /** How often the step was tried. */
    public int attempts() {
        return attempts;
    }
}
