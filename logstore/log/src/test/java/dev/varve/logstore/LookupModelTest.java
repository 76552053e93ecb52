package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way to look a key up, against a naive twin that keeps all versions in a list: with each
 * advice, with and without compression, over several segments, before and after reopening.
 */
final class LookupModelTest {

    private static final int KEYS = 40;
    private static final int COMMITS = 160;

    @TempDir private Path directory;

    static Stream<Arguments> ways() {
        return Stream.of(ReadAdvice.values())
                .flatMap(
                        advice ->
                                Stream.of(0, 1, 200)
                                        .map(from -> Arguments.of(advice, from, 7L * from + 1)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldFindWhatTheTwinFinds(ReadAdvice advice, int compressFrom, long seed) {
        Run run = new Run(advice, compressFrom, seed);
        LogOptions options = LogOptions.bulk().withSegmentBytes(64 << 10);
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            try (LogStore store = LogStore.open(directory, options)) {
                run.commit(store, COMMITS);
                run.check(store, executor);
                run.commit(store, COMMITS);
                run.check(store, executor);
            }
            try (LogStore store = LogStore.open(directory, options)) {
                assertTrue(store.stats().segments() > 3, "too few segments");
                run.check(store, executor);
                run.commit(store, 5);
                run.check(store, executor);
                assertTrue(store.verify().isClean(), () -> run + ": " + store.verify());
            }
        }
    }

    /** One version of a key, or of a height; no value for a deletion. */
    private static final class Version {
        private final long position;
        private final int key;
        private final long height;
        private final byte @Nullable [] value;

        Version(long position, int key, long height, byte @Nullable [] value) {
            this.position = position;
            this.key = key;
            this.height = height;
            this.value = value;
        }
    }

    private static final class Run {
        private final TableSpec byKey;
        private final TableSpec byHeight;
        private final Random random;
        private final String name;
        private final List<Version> ofKeys = new ArrayList<>();
        private final List<Version> ofHeights = new ArrayList<>();
        private final List<Long> ends = new ArrayList<>();
        private long height;

        Run(ReadAdvice advice, int compressFrom, long seed) {
            byKey =
                    TableSpec.byKey("keys")
                            .withReadAdvice(advice)
                            .withCompression(compressFrom);
            byHeight =
                    TableSpec.byHeight("heights")
                            .withReadAdvice(advice)
                            .withCompression(compressFrom);
            random = new Random(seed);
            name = advice + ", compressed from " + compressFrom + ", seed " + seed;
        }

        @Override
        public String toString() {
            return name;
        }

        private static byte[] key(int index) {
            byte[] key = new byte[1 + index % 33];
            Arrays.fill(key, (byte) 'k');
            key[0] = (byte) index;
            return key;
        }

        /** Empty, short or long; of random bytes, or such that compress well. */
        private byte[] value() {
            int length = random.nextInt(10) == 0 ? random.nextInt(9_000) : random.nextInt(500);
            byte[] value = new byte[length];
            if (random.nextBoolean()) {
                random.nextBytes(value);
            } else {
                Arrays.fill(value, (byte) random.nextInt());
            }
            return value;
        }

        void commit(LogStore store, int commits) {
            Table keys = store.table(byKey);
            Table heights = store.table(byHeight);
            try (Batch batch = store.newBatch()) {
                for (int c = 0; c < commits; c++) {
                    batch.clear();
                    height += random.nextInt(2);
                    int first = ofKeys.size();
                    int count = 1 + random.nextInt(8);
                    for (int i = 0; i < count; i++) {
                        change(batch, keys);
                    }
                    byte[] value = value();
                    batch.put(heights, height, value);
                    long end = store.commit(batch).endPosition();
                    ends.add(end);
                    // Only the order of positions matters, and which commit they belong to.
                    for (int i = first; i < ofKeys.size(); i++) {
                        Version v = ofKeys.get(i);
                        ofKeys.set(i, new Version(end, v.key, v.height, v.value));
                    }
                    ofHeights.add(new Version(end, 0, height, value));
                }
            }
        }

        private void change(Batch batch, Table keys) {
            int key = random.nextInt(KEYS);
            byte[] value = random.nextInt(5) == 0 ? null : value();
            if (value == null) {
                batch.delete(keys, height, key(key));
            } else {
                batch.put(keys, height, key(key), value);
            }
            ofKeys.add(new Version(0, key, height, value));
        }

        private byte @Nullable [] expected(int key, long below, long maxHeight) {
            byte[] newest = null;
            for (Version v : ofKeys) {
                if (v.key == key && v.position <= below && v.height <= maxHeight) {
                    newest = v.value;
                }
            }
            return newest;
        }

        private byte @Nullable [] expectedAt(long wanted, long below) {
            byte[] newest = null;
            for (Version v : ofHeights) {
                if (v.height == wanted && v.position <= below) {
                    newest = v.value;
                }
            }
            return newest;
        }

        void check(LogStore store, ExecutorService executor) {
            Table keys = store.table(byKey);
            Table heights = store.table(byHeight);
            for (int round = 0; round < 7; round++) {
                long end = round == 0 ? store.visible() : ends.get(random.nextInt(ends.size()));
                Snapshot snapshot = new Snapshot(store, end);
                for (int key = 0; key <= KEYS; key++) {
                    MemorySegment bytes = MemorySegment.ofArray(key(key));
                    byte[] expected = expected(key, end, Long.MAX_VALUE);
                    String what = this + ": key " + key + " below " + end;
                    assertArrayEquals(expected, snapshot.get(keys, bytes), what);
                    checkView(expected, snapshot, keys, bytes, what);
                    checkCopy(expected, to -> snapshot.get(keys, bytes, to), what);
                    checkAsOf(snapshot, keys, key, what);
                }
                long wanted = random.nextLong(height + 2);
                byte[] expected = expectedAt(wanted, end);
                String what = this + ": height " + wanted + " below " + end;
                assertArrayEquals(expected, snapshot.get(heights, wanted), what);
                checkCopy(expected, to -> snapshot.get(heights, wanted, to), what);
                checkAll(snapshot, keys, executor);
            }
        }

        private void checkAsOf(Snapshot snapshot, Table keys, int key, String what) {
            MemorySegment bytes = MemorySegment.ofArray(key(key));
            long asOf = random.nextLong(height + 2);
            byte[] expected = expected(key, snapshot.position(), asOf);
            String where = what + " as of " + asOf;
            assertArrayEquals(expected, snapshot.getAsOf(keys, bytes, asOf), where);
            checkCopy(expected, to -> snapshot.getAsOf(keys, bytes, asOf, to), where);
            Long found = snapshot.findAsOf(keys, bytes, asOf, LogRecord::height);
            assertEquals(expected == null, found == null, where);
            assertTrue(found == null || found <= asOf, where);
        }

        private static void checkView(
                byte @Nullable [] expected,
                Snapshot snapshot,
                Table keys,
                MemorySegment key,
                String what) {
            byte[] seen =
                    snapshot.find(
                            keys,
                            key,
                            record -> {
                                assertEquals(-1, key.mismatch(record.key()), what);
                                assertEquals(keys.id(), record.table(), what);
                                assertEquals(LogRecord.Kind.PUT, record.kind(), what);
                                assertTrue(record.position() < snapshot.position(), what);
                                assertEquals(record.valueLength(), record.value().byteSize(), what);
                                assertTrue(record.value().isReadOnly(), what);
                                assertTrue(record.key().isReadOnly(), what);
                                return record.value().toArray(ValueLayout.JAVA_BYTE);
                            });
            assertArrayEquals(expected, seen, what);
        }

        private void checkCopy(byte @Nullable [] expected, Copy copy, String what) {
            int length = expected == null ? -1 : expected.length;
            byte[] roomy = new byte[9_010];
            assertEquals(length, copy.to(MemorySegment.ofArray(roomy)), what);
            if (expected != null) {
                assertArrayEquals(expected, Arrays.copyOf(roomy, length), what);
                MemorySegment tight = Arena.ofAuto().allocate(length);
                assertEquals(length, copy.to(tight), what);
                assertArrayEquals(expected, tight.toArray(ValueLayout.JAVA_BYTE), what);
            }
            if (length > 0) {
                byte[] small = new byte[random.nextInt(length)];
                assertEquals(length, copy.to(MemorySegment.ofArray(small)), what);
                assertArrayEquals(new byte[small.length], small, what + ": nothing is copied");
            }
        }

        private void checkAll(Snapshot snapshot, Table keys, ExecutorService executor) {
            int count = random.nextInt(300);
            List<MemorySegment> wanted = new ArrayList<>();
            List<byte @Nullable []> expected = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int key = random.nextInt(KEYS + 3);
                wanted.add(MemorySegment.ofArray(key(key)));
                expected.add(expected(key, snapshot.position(), Long.MAX_VALUE));
            }
            List<byte @Nullable []> alone = snapshot.getAll(keys, wanted);
            List<byte @Nullable []> shared = snapshot.getAll(keys, wanted, executor, 3);
            checkFindAll(snapshot, keys, wanted, expected);
            int one = Math.min(1, count);
            checkFindAll(snapshot, keys, wanted.subList(0, one), expected.subList(0, one));
            assertEquals(count, alone.size());
            assertEquals(count, shared.size());
            for (int i = 0; i < count; i++) {
                assertArrayEquals(expected.get(i), alone.get(i), this + ": " + i + " of all");
                assertArrayEquals(expected.get(i), shared.get(i), this + ": " + i + " of all");
            }
        }

        private void checkFindAll(
                Snapshot snapshot,
                Table keys,
                List<MemorySegment> wanted,
                List<byte @Nullable []> expected) {
            List<byte @Nullable []> found = Arrays.asList(new byte[wanted.size()][]);
            List<Long> positions = new ArrayList<>();
            snapshot.findAll(
                    keys,
                    wanted,
                    (record, i) -> {
                        assertEquals(-1, wanted.get(i).mismatch(record.key()), this + ": " + i);
                        assertTrue(found.set(i, record.copyOfValue()) == null, this + ": twice");
                        positions.add(record.position());
                    });
            for (int i = 0; i < wanted.size(); i++) {
                assertArrayEquals(expected.get(i), found.get(i), this + ": " + i + " found");
            }
            assertEquals(positions.stream().sorted().toList(), positions, this + ": log order");
        }
    }

    /** A way to copy a value. */
    private interface Copy {
        long to(MemorySegment destination);
    }
}
