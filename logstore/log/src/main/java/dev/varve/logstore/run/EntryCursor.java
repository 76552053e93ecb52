package dev.varve.logstore.run;

/**
 * Index entries one after the other, ascending by the leading 44 bits of the hash as an unsigned
 * number; of equal ones the highest position comes first. The other methods speak of the entry that
 * {@link #next} moved to. For one thread.
 */
public interface EntryCursor {

    /** Moves to the next entry, the first at the first call; false behind the last. */
    boolean next();

    /** The hash of the key; only its leading 44 bits count, the others may be anything. */
    long hash();

    /** Whether the record is a tombstone. */
    boolean tombstone();

    /** The position of the record. */
    long position();
}
