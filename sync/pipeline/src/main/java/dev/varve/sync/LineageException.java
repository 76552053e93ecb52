package dev.varve.sync;

/**
 * A stage stands on another chain than the target's: they differ at the last height it has done.
 */
public final class LineageException extends SyncException {

    private static final long serialVersionUID = 1L;

    private final long height;
    private final ItemId recorded;
    private final ItemId found;

    LineageException(Progress progress, ItemId recorded, ItemId found) {
        super(
                progress.stage(),
                "stands on " + recorded + " at height " + (progress.next() - 1)
                        + " where the target has " + found,
                null);
        this.height = progress.next() - 1;
        this.recorded = recorded;
        this.found = found;
    }

    /** The last height that the stage has done. */
    public long height() {
        return height;
    }

    /** Id at that height when the stage did it. */
    public ItemId recorded() {
        return recorded;
    }

    /** Id at that height in the target. */
    public ItemId found() {
        return found;
    }
}
