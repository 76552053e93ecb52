package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The naive twin of runs: a sorted map of the kept bits of a hash to positions, and what it takes
 * to fill both. For one thread.
 */
final class TwinRun {

    static final long HIGH = 0x1111_2222_3333_4444L;
    static final long LOW = 0x5555_6666_7777_8888L;

    private static final int DROPPED = 20;

    record Entry(long hash, long position, boolean tombstone) {}

    private final RunRange range;
    private final long[] segmentBases;
    private final List<Entry> entries = new ArrayList<>();
    private final TreeMap<Long, TreeSet<Long>> positions = new TreeMap<>();

    TwinRun(RunRange range, long... segmentBases) {
        this.range = range;
        this.segmentBases = segmentBases;
    }

    /** A twin of one segment of 256 MiB that begins at {@code start}. */
    static TwinRun ofSegment(long start) {
        return new TwinRun(new RunRange(start, start + (1L << 28)), start);
    }

    void add(long hash, long position, boolean tombstone) {
        TreeSet<Long> versions =
                positions.computeIfAbsent(hash >>> DROPPED, key -> new TreeSet<>());
        if (versions.add(position)) {
            entries.add(new Entry(hash, position, tombstone));
        }
    }

    /** Adds entries at random places of all segments. */
    void addRandom(Random random, int count, Hashes hashes) {
        for (int i = 0; i < count; i++) {
            int slot = random.nextInt(segmentBases.length);
            long from = Math.max(range.start(), segmentBases[slot]);
            long next = slot + 1 < segmentBases.length ? segmentBases[slot + 1] : range.end();
            long to = Math.min(next, segmentBases[slot] + (1L << 28) - 32);
            long position = from + random.nextLong(to - from) / 16 * 16;
            add(hashes.hash(random, i), position, random.nextInt(4) == 0);
        }
    }

    /** How hashes are spread. */
    interface Hashes {
        long hash(Random random, int i);
    }

    RunRange range() {
        return range;
    }

    long[] segmentBases() {
        return segmentBases;
    }

    List<Entry> sorted() {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(
                Comparator.comparingLong((Entry e) -> e.hash() >>> DROPPED)
                        .thenComparing(Comparator.comparingLong(Entry::position).reversed()));
        return sorted;
    }

    EntryCursor cursor() {
        return cursor(sorted());
    }

    static EntryCursor cursor(List<Entry> sorted) {
        return new ListCursor(sorted);
    }

    void write(RunFiles files) {
        files.write(range, segmentBases, entries.size(), cursor());
    }

    long find(long hash, long bound) {
        TreeSet<Long> versions = positions.get(hash >>> DROPPED);
        Long found = versions == null ? null : versions.lower(bound);
        return found == null ? Run.ABSENT : found;
    }

    static byte[] contents(Storage storage, String name) {
        try (StorageFile file = storage.open(name, Storage.Access.READ)) {
            byte[] bytes = new byte[(int) file.length()];
            assertEquals(bytes.length, file.read(MemorySegment.ofArray(bytes), 0));
            return bytes;
        }
    }

    private static final class ListCursor implements EntryCursor {

        private final Iterator<Entry> iterator;
        private Entry current = new Entry(0, 0, false);

        ListCursor(List<Entry> sorted) {
            iterator = sorted.iterator();
        }

        @Override
        public boolean next() {
            if (!iterator.hasNext()) {
                return false;
            }
            current = iterator.next();
            return true;
        }

        @Override
        public long hash() {
            return current.hash();
        }

        @Override
        public boolean tombstone() {
            return current.tombstone();
        }

        @Override
        public long position() {
            return current.position();
        }
    }
}
