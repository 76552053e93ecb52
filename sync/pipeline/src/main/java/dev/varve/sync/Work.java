package dev.varve.sync;

/**
 * What a stage did, for display.
 *
 * @param items as the stage counted them, in a unit of its own such as transactions
 * @param bytes keys and values written
 * @param nanos time inside the stage, without commits
 */
public record Work(long items, long bytes, long nanos) {

    public static final Work NONE = new Work(0, 0, 0);

    Work plus(Work more) {
        return new Work(items + more.items, bytes + more.bytes, nanos + more.nanos);
    }
}
