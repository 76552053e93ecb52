package dev.varve.logstore.run;

/**
 * The entries of tables found by height, ascending by table, then by height, then by position. The
 * other methods speak of the entry that {@link #next} moved to. For one thread.
 */
public interface HeightCursor {

    /** Moves to the next entry, the first at the first call; false behind the last. */
    boolean next();

    /** The id of the table. */
    int table();

    /** The height of the record, at least 0. */
    long height();

    /** The position of the record. */
    long position();
}
