package dev.varve.logstore;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
    private final List<byte @Nullable []> values;

    BatchLookup(ReadPath reads, Table table, List<MemorySegment> keys, long limit) {
        this.reads = reads;
        this.table = table;
        this.keys = keys;
        this.limit = limit;
        this.hashes = new long[keys.size()];
        this.candidates = new long[keys.size()];
        this.values = Arrays.asList(new byte[keys.size()][]);
    }

    /** The newest value of each key, in the order of the keys; null for one that has none. */
    List<byte @Nullable []> run(Executor executor, int threads) {
        int count = keys.size();
        SharedWork.run(count, executor, threads, this::resolve);
        int[] order = inLogOrder();
        SharedWork.run(count, executor, threads, (from, to) -> read(order, from, to));
        return Collections.unmodifiableList(values);
    }

    private void resolve(int from, int to) {
        reads.use(
                table,
                limit,
                (reader, index) -> {
                    for (int i = from; i < to; i++) {
                        hashes[i] = reads.hash(table, keys.get(i));
                        candidates[i] = reader.candidateBelow(index, hashes[i], limit);
                    }
                });
    }

    private int[] inLogOrder() {
        return IntStream.range(0, candidates.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> candidates[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private void read(int[] order, int from, int to) {
        reads.use(
                table,
                limit,
                (reader, index) -> {
                    for (int i = from; i < to; i++) {
                        int at = order[i];
                        long bound = candidates[at] + 1;
                        if (reader.find(index, keys.get(at), hashes[at], bound)) {
                            values.set(at, reader.record().copyOfValue());
                        }
                    }
                });
    }
}
