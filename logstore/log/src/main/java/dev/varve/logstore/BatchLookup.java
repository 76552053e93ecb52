package dev.varve.logstore;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.ObjIntConsumer;

/**
 * Looks many keys up at once: first all of them in the index, then their records in the order in
 * which they stand in the log, so that a disk goes one way and records side by side are one read.
 * One use, by one thread and those of the executor that it was given.
 */
final class BatchLookup {

    private final ReadPath reads;
    private final Table table;
    private final List<MemorySegment> keys;
    private final long limit;
    private final long[] hashes;
    private final long[] candidates;

    /** What is only touched is read because this is written. */
    @SuppressWarnings("UnusedVariable")
    private long touched;

    /** Low bits of a number in the order of the log, which hold the index of a key. */
    private final int indexBits;

    BatchLookup(ReadPath reads, Table table, List<MemorySegment> keys, long limit) {
        this.reads = reads;
        this.table = table;
        this.keys = keys;
        this.limit = limit;
        this.hashes = new long[keys.size()];
        this.candidates = new long[keys.size()];
        this.indexBits = Integer.SIZE - Integer.numberOfLeadingZeros(keys.size());
    }

    /**
     * Shows the newest record of each key that has one, with the key's index, in the order of the
     * log; on any of the threads.
     */
    void run(ObjIntConsumer<LogRecord> visitor, Executor executor, int threads) {
        SharedWork.run(keys.size(), executor, threads, this::resolve);
        long[] order = inLogOrder();
        SharedWork.Piece piece = (from, to) -> read(order, from, to, visitor);
        SharedWork.run(order.length, executor, threads, piece);
    }

    private void resolve(int from, int to) {
        reads.use(
                table,
                limit,
                (reader, index) -> {
                    for (int i = from; i < to; i++) {
                        hashes[i] = reads.hash(table, keys.get(i));
                        candidates[i] = KeyPart.NONE;
                    }
                    for (int i = index.keyPartCount() - 1; i >= 0; i--) {
                        if (index.keys(i).start() < limit) {
                            resolve(index.keys(i), from, to);
                        }
                    }
                });
    }

    private void resolve(KeyPart part, int from, int to) {
        touch(part, from, to);
        for (int i = from; i < to; i++) {
            if (candidates[i] == KeyPart.NONE) {
                candidates[i] = part.findBelow(hashes[i], limit);
            }
        }
    }

    private void touch(KeyPart part, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += candidates[i] == KeyPart.NONE ? part.touch(hashes[i]) : 0;
        }
        touched = sum;
    }

    /**
     * The keys that have a candidate: its position, and in the low bits the key's index. Where both
     * do not fit, because there are a million keys and 8 TiB of log, the position's lowest bits are
     * left out: neighbours then come in any order, which is near enough.
     */
    private long[] inLogOrder() {
        int dropped = Math.max(0, indexBits + 1 - Long.numberOfLeadingZeros(limit));
        long[] order = new long[candidates.length];
        int count = 0;
        for (int i = 0; i < candidates.length; i++) {
            if (candidates[i] >= 0) {
                order[count++] = candidates[i] >>> dropped << indexBits | i;
            }
        }
        Arrays.sort(order, 0, count);
        return count == order.length ? order : Arrays.copyOf(order, count);
    }

    private int at(long ordered) {
        return (int) (ordered & (1L << indexBits) - 1);
    }

    private void read(long[] order, int from, int to, ObjIntConsumer<LogRecord> visitor) {
        reads.use(
                table,
                limit,
                (reader, index) -> {
                    touch(reader, index, order, from, to);
                    for (int i = from; i < to; i++) {
                        int at = at(order[i]);
                        if (isFound(reader, index, at)) {
                            visitor.accept(reader.record(), at);
                        }
                    }
                });
    }

    /** A mapped page that the disk cannot give is told of by reading by position, as ever. */
    private void touch(RecordReader reader, IndexView index, long[] order, int from, int to) {
        long sum = 0;
        try {
            for (int i = from; i < to; i++) {
                sum += reader.touch(index, candidates[at(order[i])]);
            }
        } catch (InternalError e) {
            reader.byPosition(index);
        }
        touched = sum;
    }

    /** What the visitor throws is none of this: a record is shown once. */
    private boolean isFound(RecordReader reader, IndexView index, int at) {
        try {
            return reader.findFrom(index, keys.get(at), hashes[at], candidates[at]);
        } catch (InternalError e) {
            reader.byPosition(index);
            return reader.findFrom(index, keys.get(at), hashes[at], candidates[at]);
        }
    }
}
