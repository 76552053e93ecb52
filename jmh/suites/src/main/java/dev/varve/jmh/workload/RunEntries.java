package dev.varve.jmh.workload;

import dev.varve.logstore.run.EntryCursor;
import dev.varve.logstore.run.RunRange;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * The index entries of made-up records, in the order of a run; the hash of each is found from its
 * number again. Moved from entry to entry; for one thread.
 */
final class RunEntries implements EntryCursor {

    /** How many records there can be: their number is in the bits that a run does not keep. */
    static final int MOST = 1 << 20;

    private static final int NUMBER_MASK = MOST - 1;
    private static final long RECORD_LENGTH = 160;

    /** Hash and number of a record in one, so that sorting needs no objects. */
    private final long[] entries;

    private final RunRange range;
    private int at = -1;

    /** The entries of the records from one number to another. */
    RunEntries(long seed, int from, int to) {
        range = new RunRange(from * RECORD_LENGTH, to * RECORD_LENGTH);
        // The highest number first among equal hashes; unsigned order.
        entries =
                LongStream.range(from, to)
                        .map(i -> hash(seed, i) & ~NUMBER_MASK | NUMBER_MASK - i)
                        .map(entry -> entry ^ Long.MIN_VALUE)
                        .toArray();
        Arrays.sort(entries);
    }

    static long hash(long seed, long number) {
        return Mix.at(seed, number);
    }

    RunRange range() {
        return range;
    }

    int count() {
        return entries.length;
    }

    /** To the place before the first entry again. */
    RunEntries rewound() {
        at = -1;
        return this;
    }

    @Override
    public boolean next() {
        return ++at < entries.length;
    }

    @Override
    public long hash() {
        return entries[at] ^ Long.MIN_VALUE;
    }

    @Override
    public boolean tombstone() {
        return false;
    }

    @Override
    public long position() {
        return (NUMBER_MASK - (entries[at] & NUMBER_MASK)) * RECORD_LENGTH;
    }
}
