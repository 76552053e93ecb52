package dev.varve.sync;

/**
 * A stage found an item that breaks the chain's rules. All items before it are committed for that
 * stage.
 */
public final class BadItemException extends SyncException {

    private static final long serialVersionUID = 1L;

    private final long height;
    private final ItemId id;
    private final String reason;

    BadItemException(String stage, StepResult.BadItem bad) {
        super(
                stage,
                "bad item " + bad.id() + " at height " + bad.height() + ": " + bad.reason(),
                null);
        this.height = bad.height();
        this.id = bad.id();
        this.reason = bad.reason();
    }

    public long height() {
        return height;
    }

    /** Id of the item. */
    public ItemId id() {
        return id;
    }

    /** What the item breaks. */
    public String reason() {
        return reason;
    }
}
