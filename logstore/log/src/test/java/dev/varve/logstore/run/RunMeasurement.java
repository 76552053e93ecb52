package dev.varve.logstore.run;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures runs in a directory: building, looking up with and without filter, through a mapping and
 * through a cache that holds all, merging. Prints a line per figure; run as a program, alone on the
 * machine, see decision 0020.
 *
 * <p>Arguments: directory, millions of entries, then any of {@code build mapped cached merge}. What
 * is looked up must have been built before, and stays in the directory.
 */
final class RunMeasurement {

    private static final long SEGMENT = 1L << 28;

    /** Bytes of a record: 100 of value, 32 of key, a header. */
    private static final long RECORD = 160;

    private static final long PER_SEGMENT = SEGMENT / RECORD;
    private static final int LOOKUPS = 4_000_000;
    private static final int ROUNDS = 5;
    private static final int PARTS = 4;

    private final Storage storage;
    private final int count;

    private RunMeasurement(Storage storage, int count) {
        this.storage = storage;
        this.count = count;
    }

    public static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[1]) * 1_000_000;
        try (Storage storage = new FileStorage(Path.of(arguments[0]))) {
            RunMeasurement measurement = new RunMeasurement(storage, count);
            for (int i = 2; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "build" -> measurement.build();
                    case "mapped" -> measurement.look(MappedRuns.files(storage, 1, 2), "mapped");
                    case "cached" -> measurement.lookCached();
                    case "merge" -> measurement.merge();
                    default -> throw new IllegalArgumentException(arguments[i]);
                }
            }
        }
    }

    // ---- building ----

    private void build() {
        RunFiles files = MappedRuns.files(storage, 1, 2);
        for (int round = 0; round < 3; round++) {
            for (long firstSegment = 0; firstSegment <= 1; firstSegment++) {
                long began = System.nanoTime();
                SortedEntries entries = new SortedEntries(0, count, firstSegment);
                long sorted = System.nanoTime();
                files.write(entries.range(), entries.bases(), count, entries);
                long written = System.nanoTime();
                System.out.printf(
                        Locale.ROOT,
                        "build %s: sort %.1f ns/entry, write %.1f, both %.1f%n",
                        firstSegment == 0 ? "without filter" : "with filter",
                        perEntry(sorted - began), perEntry(written - sorted),
                        perEntry(written - began));
            }
        }
    }

    private double perEntry(long ns) {
        return (double) ns / count;
    }

    // ---- looking up ----

    private void lookCached() {
        try (PageCache cache = new PageCache(1L << 30)) {
            look(RunFiles.cached(storage, 1, 2, cache), "cached");
        }
    }

    private void look(RunFiles files, String access) {
        for (long firstSegment = 0; firstSegment <= 1; firstSegment++) {
            try (Run run = files.open(new SortedEntries(0, count, firstSegment).range())) {
                String what = access + (firstSegment == 0 ? " without filter" : " with filter");
                System.out.printf(Locale.ROOT, "%s: %.3f bytes/entry on disk, %.4f pinned%n", what,
                        (double) run.fileLength() / count, (double) run.memoryBytes() / count);
                touch(run.range());
                look(what, run);
            }
        }
    }

    /** What any structure of that size pays: one random line of the mapped file. */
    private void touch(RunRange range) {
        try (Arena arena = Arena.ofShared();
                StorageFile file = storage.open(range.runName(), Storage.Access.READ)) {
            MemorySegment memory = file.map(0, file.length(), arena);
            double[] ns = new double[ROUNDS];
            long sum = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long began = System.nanoTime();
                long state = round;
                for (int i = 0; i < LOOKUPS; i++) {
                    // The next place depends on what was read: one after the other, as lookups.
                    state = (state + sum) * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL;
                    long at = Math.unsignedMultiplyHigh(state, memory.byteSize() - 8);
                    sum += memory.get(LittleEndian.LONG, at) & 1;
                }
                ns[round] = (double) (System.nanoTime() - began) / LOOKUPS;
            }
            Arrays.sort(ns);
            System.out.printf(Locale.ROOT, "touch of a random line: %.0f ns (%d)%n",
                    ns[ROUNDS / 2], sum & 1);
        }
    }

    private void look(String what, Run run) {
        long opened = System.nanoTime();
        run.verify();
        double verified = perEntry(System.nanoTime() - opened);
        System.out.printf(Locale.ROOT, "%s: verify %.1f ns/entry%n", what, verified);
        double[] hits = new double[ROUNDS];
        double[] misses = new double[ROUNDS];
        long[] found = new long[2];
        for (int round = 0; round < ROUNDS; round++) {
            hits[round] = lookups(run, round, 0, found);
        }
        if (found[0] != found[1]) {
            throw new AssertionError(found[0] + " hits of " + found[1]);
        }
        Arrays.fill(found, 0);
        for (int round = 0; round < ROUNDS; round++) {
            misses[round] = lookups(run, round, 1L << 40, found);
        }
        Arrays.sort(hits);
        Arrays.sort(misses);
        System.out.printf(
                Locale.ROOT,
                "%s: hit %.0f ns, miss %.0f ns, false candidates per miss %.2e%n",
                what,
                hits[ROUNDS / 2], misses[ROUNDS / 2], (double) found[0] / found[1]);
    }

    private double lookups(Run run, long seed, long shift, long[] found) {
        long began = System.nanoTime();
        long hits = 0;
        long state = seed + 99;
        for (int i = 0; i < LOOKUPS; i++) {
            state = state * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL;
            long number = Math.unsignedMultiplyHigh(state, count);
            hits += run.find(hashOf(number + shift), Long.MAX_VALUE) == Run.ABSENT ? 0 : 1;
        }
        found[0] += hits;
        found[1] += LOOKUPS;
        return (double) (System.nanoTime() - began) / LOOKUPS;
    }

    // ---- merging ----

    private void merge() {
        RunFiles files = MappedRuns.files(storage, 1, 2);
        List<Run> runs = new ArrayList<>();
        long segment = 0;
        for (int part = 0; part < PARTS; part++) {
            SortedEntries entries =
                    new SortedEntries((long) count / PARTS * part, count / PARTS, segment);
            files.write(entries.range(), entries.bases(), count / PARTS, entries);
            runs.add(files.open(entries.range()));
            segment += entries.bases().length;
        }
        for (int round = 0; round < 3; round++) {
            long began = System.nanoTime();
            RunRange range = files.merge(runs);
            double merged = perEntry(System.nanoTime() - began);
            System.out.printf(Locale.ROOT, "merge of %d: %.1f ns/entry%n", PARTS, merged);
            storage.delete(range.runName());
        }
        runs.forEach(Run::close);
    }

    /** The finalizer of splitmix64. */
    private static long hashOf(long number) {
        long z = number * 0x9E37_79B9_7F4A_7C15L;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    /**
     * Records one behind the other, sorted as an index of a segment in 256 stripes would do it:
     * each stripe by 36 bits of the hash and 28 of what tells the position.
     */
    private static final class SortedEntries implements EntryCursor {

        private static final int NUMBER_BITS = 28;
        private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

        private final long[] keys;
        private final int[] ends = new int[257];
        private final long firstSegment;
        private int next;
        private int stripe;
        private long key;

        SortedEntries(long from, int count, long firstSegment) {
            this.firstSegment = firstSegment;
            keys = new long[count];
            for (int i = 0; i < count; i++) {
                ends[(int) (hashOf(from + i) >>> 56) + 1]++;
            }
            for (int i = 0; i < 256; i++) {
                ends[i + 1] += ends[i];
            }
            int[] at = ends.clone();
            for (int i = 0; i < count; i++) {
                long hash = hashOf(from + i);
                long inStripe = hash << 8 & -(1L << NUMBER_BITS) | NUMBER_MASK - i;
                keys[at[(int) (hash >>> 56)]++] = inStripe ^ Long.MIN_VALUE;
            }
            for (int i = 0; i < 256; i++) {
                Arrays.sort(keys, ends[i], ends[i + 1]);
            }
        }

        RunRange range() {
            return new RunRange(
                    firstSegment * SEGMENT, firstSegment * SEGMENT + bases().length * SEGMENT);
        }

        long[] bases() {
            long[] bases = new long[(int) (keys.length / PER_SEGMENT + 1)];
            for (int slot = 0; slot < bases.length; slot++) {
                bases[slot] = (firstSegment + slot) * SEGMENT;
            }
            return bases;
        }

        @Override
        public boolean next() {
            if (next == keys.length) {
                return false;
            }
            while (next == ends[stripe + 1]) {
                stripe++;
            }
            key = keys[next++] ^ Long.MIN_VALUE;
            return true;
        }

        @Override
        public long hash() {
            return (long) stripe << 56 | key >>> 8;
        }

        @Override
        public boolean tombstone() {
            return false;
        }

        @Override
        public long position() {
            long number = NUMBER_MASK - (key & NUMBER_MASK);
            return (firstSegment + number / PER_SEGMENT) * SEGMENT + number % PER_SEGMENT * RECORD;
        }
    }
}
