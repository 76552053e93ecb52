package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * The state as one transaction sees it: the base, the writes of all earlier transactions of the
 * block, and its own. The same contract holds in every {@link ExecutorMode}.
 *
 * <p>Used by the thread that runs the transaction, and only while it runs.
 *
 * <p>A key may be any bytes; it is copied. A value is not: an array given to {@link #put} or
 * received from {@link #get} must not be changed afterwards.
 *
 * <p>There are no range scans: a set of keys that is not known by name cannot be read yet.
 */
public interface TxView {

    /** The value of a key, or null if there is none. */
    byte @Nullable [] get(byte[] key);

    /** Sets the value of a key. */
    void put(byte[] key, byte[] value);

    /** Removes a key. */
    void delete(byte[] key);

    /**
     * Adds to a counter, which is a value of 8 little-endian bytes; an absent key counts as zero.
     * Additions commute: two transactions that only add to a key do not depend on each other.
     *
     * @param delta what is added
     * @param min lowest value allowed after this addition, inclusive
     * @param max highest value allowed after this addition, inclusive
     * @throws BoundExceededException if the sum is outside of the bounds; nothing is changed
     * @throws NotACounterException if the key holds something else than 8 bytes
     */
    void add(byte[] key, long delta, long min, long max);

    /**
     * Lets the executor end an execution that has become useless. Implied in every other call; to be
     * called by loops that touch the view seldom.
     */
    void checkpoint();
}
