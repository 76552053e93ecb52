package dev.varve.engine.dedup;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.bloom.HashColumn;
import dev.varve.bloom.HashColumnWriter;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The hashes of all ids in a log, of sealed segments from their {@linkplain HashColumn columns} and
 * of the rest from its records. A segment whose column is missing or damaged is read from the log
 * too; a damaged column is deleted, and written again.
 *
 * <p>A column is written for what is durable only, below which the log never ends again. Safe for
 * use by many threads, but one writes columns at a time. Nothing to close.
 */
final class IdColumns {

    private static final int BATCH = 4_096;

    /** More than a column writes between two looks at the space that is left. */
    private static final long LOOK_BYTES = 5 << 20;

    private static final int BATCHES_PER_LOOK = 64;

    /** What {@link #feed} returns if it was stopped. */
    static final long STOPPED = -1;

    private final LogStore log;
    private final FilterFiles files;
    private final BloomFilter filter;

    /** By the position where they begin. */
    private final ConcurrentSkipListMap<Long, HashColumn> columns = new ConcurrentSkipListMap<>();

    /** Of columns that were written here, and of others once somebody asked. */
    private final ConcurrentHashMap<HashColumn, Long> lengths = new ConcurrentHashMap<>();

    private final AtomicLong damaged = new AtomicLong();

    IdColumns(LogStore log, FilterFiles files, BloomFilter filter) {
        this.log = log;
        this.files = files;
        this.filter = filter;
        for (HashColumn column : files.columns()) {
            if (column.end() <= log.visible()) {
                columns.put(column.start(), column);
            } else {
                // An older copy of the log was put back. It will pass that position some day.
                column.delete();
            }
        }
    }

    /** Where the log ends. */
    long logEnd() {
        return log.visible();
    }

    /** How many columns there are. */
    int count() {
        return columns.size();
    }

    /** How many columns were found to be damaged. */
    long damagedCount() {
        return damaged.get();
    }

    /** The bytes of all columns; opens each once at most. */
    long fileLength() {
        return columns.values().stream().mapToLong(this::fileLength).sum();
    }

    private long fileLength(HashColumn column) {
        try {
            return lengths.computeIfAbsent(column, HashColumn::fileLength);
        } catch (StorageException e) {
            if (columns.containsValue(column)) {
                throw e;
            }
            return 0; // it was damaged, and is gone
        }
    }

    // ---- writing

    /**
     * Writes the column of the first sealed segment that has none.
     *
     * @return whether there was one
     */
    boolean writeNext(BandwidthBudget budget) {
        long start = 0;
        HashColumn there = columns.get(start);
        while (there != null) {
            start = there.end();
            there = columns.get(start);
        }
        long end = log.sealedEnd(start);
        if (end == start || end > log.durable()) {
            return false;
        }
        write(start, end, budget);
        return true;
    }

    private void write(long start, long end, BandwidthBudget budget) {
        try (HashColumnWriter writer = files.newColumn(filter, start, end, budget)) {
            readLog(start, end, new ColumnWriting(writer));
            HashColumn column = writer.finish();
            lengths.put(column, writer.fileLength());
            columns.put(start, column);
        }
    }

    /** Puts ids into a column as long as that leaves what commits were promised. */
    private final class ColumnWriting implements Predicate<IdBatch> {

        private final HashColumnWriter writer;
        private long batches;

        ColumnWriting(HashColumnWriter writer) {
            this.writer = writer;
        }

        @Override
        public boolean test(IdBatch batch) {
            if (batches++ % BATCHES_PER_LOOK == 0) {
                log.requireSpace(LOOK_BYTES);
            }
            writer.put(batch);
            return true;
        }
    }

    /**
     * Compares every column with the log; one that is not as it should be is deleted, and will be
     * written again.
     *
     * @param budget slows the reading of hashes down
     * @param stopped ends it early
     * @return how many were not as they should be
     */
    long verify(BandwidthBudget budget, BooleanSupplier stopped) {
        long before = damaged.get();
        for (HashColumn column : columns.values()) {
            Digest written = new Digest(budget, stopped);
            Digest wanted = new Digest(budget, stopped);
            boolean compared =
                    read(column, Shards.ALL, written)
                            && columns.containsValue(column)
                            && readLog(column.start(), column.end(), wanted);
            if (compared && (written.count != wanted.count || written.sum != wanted.sum)) {
                discard(column);
            }
            if (stopped.getAsBoolean()) {
                break;
            }
        }
        return damaged.get() - before;
    }

    /** Number and sum of hashes, in whatever order. */
    private static final class Digest implements Predicate<IdBatch> {

        private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

        private final BandwidthBudget budget;
        private final BooleanSupplier stopped;
        private long count;
        private long sum;

        Digest(BandwidthBudget budget, BooleanSupplier stopped) {
            this.budget = budget;
            this.stopped = stopped;
        }

        @Override
        public boolean test(IdBatch batch) {
            count += batch.size();
            for (int i = 0; i < batch.size(); i++) {
                sum += (batch.high(i) ^ batch.low(i) >>> 7) * SPREAD + batch.low(i);
            }
            budget.spend((long) batch.size() * IdHash.HASH_LENGTH);
            return !stopped.getAsBoolean();
        }
    }

    private BitSet deduplicated() {
        BitSet tables = new BitSet();
        for (Table table : log.tables()) {
            tables.set(table.id(), table.spec().isDeduplicated());
        }
        return tables;
    }

    // ---- reading

    /** The shards from {@code first} to {@code end - 1}. */
    record Shards(int first, int end) {
        static final Shards ALL = new Shards(0, BloomGeometry.SHARDS);
    }

    /**
     * Hands over the hashes of all ids of records from a position on, to what is visible once the
     * reading comes to the log's tail; hashes of other shards and of records before may be among
     * them, and some twice.
     *
     * @param taker returns false to stop; the batch is valid inside the call
     * @return the position behind what was handed over, or {@link #STOPPED}
     */
    long feed(long from, Shards shards, Predicate<IdBatch> taker) {
        long at = from;
        boolean going = true;
        while (going && at < log.visible()) {
            HashColumn column = columnAt(at);
            if (column != null) {
                going = read(column, shards, taker);
                // Of a damaged one, which is gone now, the segment is read instead.
                at = columns.containsValue(column) ? column.end() : at;
            } else {
                long end = endWithoutColumn(at);
                going = readLog(at, end, taker);
                at = end;
            }
        }
        return going ? at : STOPPED;
    }

    private @Nullable HashColumn columnAt(long position) {
        Map.Entry<Long, HashColumn> before = columns.floorEntry(position);
        return before != null && before.getValue().end() > position ? before.getValue() : null;
    }

    private long endWithoutColumn(long position) {
        long sealed = log.sealedEnd(position);
        return sealed > position ? sealed : log.visible();
    }

    private boolean read(HashColumn column, Shards shards, Predicate<IdBatch> taker) {
        try {
            IdBatch batch = new IdBatch(filter.hash(), BATCH);
            return column.read(batch, shards.first(), shards.end(), taker);
        } catch (CorruptionException e) {
            discard(column);
            return true;
        }
    }

    private void discard(HashColumn column) {
        damaged.incrementAndGet();
        columns.remove(column.start(), column);
        lengths.remove(column);
        column.delete();
    }

    private boolean readLog(long from, long to, Predicate<IdBatch> taker) {
        BitSet tables = deduplicated();
        if (tables.isEmpty()) {
            return true;
        }
        LogReading reading = new LogReading(tables, taker);
        log.replay(from, to, reading::take);
        return reading.flush();
    }

    /** Collects the ids of records into batches. */
    private final class LogReading {

        private final BitSet tables;
        private final Predicate<IdBatch> taker;
        private final IdBatch batch = new IdBatch(filter.hash(), BATCH);
        private boolean going = true;

        LogReading(BitSet tables, Predicate<IdBatch> taker) {
            this.tables = tables;
            this.taker = taker;
        }

        void take(LogRecord record) {
            if (going && tables.get(record.table())) {
                DuplicateGate.put(batch, record);
                if (batch.size() == batch.capacity()) {
                    flush();
                }
            }
        }

        boolean flush() {
            if (going && batch.size() > 0) {
                going = taker.test(batch);
                batch.clear();
            }
            return going;
        }
    }
}
