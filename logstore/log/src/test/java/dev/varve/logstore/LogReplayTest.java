package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageClosedException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a replay hands over, and what a batch tells of its end. */
final class LogReplayTest {

    private static final TableSpec IDS = TableSpec.deduplicated("ids");
    private static final LogOptions SMALL = LogOptions.bulk().withSegmentBytes(64 << 10);

    private static byte[] key(int i) {
        return ("key " + i).getBytes(StandardCharsets.UTF_8);
    }

    private static MemorySegment segment(byte[] bytes) {
        return MemorySegment.ofArray(bytes);
    }

    /** Commits ids {@code from} to {@code to - 1}, three a batch; returns where each ended. */
    private static List<Long> fill(LogStore store, int from, int to) {
        List<Long> ends = new ArrayList<>();
        SoleWriter writer = store.soleWriter(store.table(IDS));
        try (Batch batch = store.newBatch()) {
            for (int i = from; i < to; i += 3) {
                batch.clear();
                for (int k = i; k < Math.min(i + 3, to); k++) {
                    writer.put(batch, k, segment(key(k)), segment(new byte[200]));
                }
                ends.add(store.commit(batch).endPosition());
            }
        }
        return ends;
    }

    private static List<Long> heights(LogStore store, long from) {
        List<Long> heights = new ArrayList<>();
        long end =
                store.replay(
                        from,
                        record -> {
                            if (record.kind() == LogRecord.Kind.PUT) {
                                heights.add(record.height());
                                byte[] key = record.key().toArray(ValueLayout.JAVA_BYTE);
                                assertArrayEquals(key((int) record.height()), key);
                                assertTrue(record.position() >= from);
                            }
                        });
        assertEquals(store.visible(), end);
        return heights;
    }

    /** Among them one behind which the last segment is sealed, and no other is there yet. */
    @Test
    void shouldHandOverTheSameWhenTheIndexWasWrittenAfterAPowerCutAtAnyCall() {
        long calls = fillUntilPowerCut(new SimDisk());
        for (long call = 1; call <= calls; call++) {
            SimDisk cut = new SimDisk();
            cut.crashAt(call);
            fillUntilPowerCut(cut);
            SimDisk disk = cut.crash(CrashModel.KEEP_ALL, 0);
            List<Long> found;
            try (LogStore store = LogStore.open(disk, SMALL)) {
                found = heights(store, 0);
                while (store.maintain()) {
                    // the files of the index cover all that is sealed
                }
            }
            String what = "power cut at call " + call;
            try (LogStore store = LogStore.open(disk.restart(), SMALL)) {
                assertEquals(found, heights(store, 0), what);
                CommitScript.checkVerifies(store);
            }
        }
    }

    /** Two segments, and a little more. */
    private static long fillUntilPowerCut(SimDisk disk) {
        try (LogStore store = LogStore.open(disk, SMALL)) {
            fill(store, 0, 500);
        } catch (SimPowerCut e) {
            assertNotNull(e.getMessage());
        }
        return disk.calls();
    }

    @Test
    void shouldHandOverEveryRecordInOrderWhenTheLogHasManySegments() {
        SimDisk disk = new SimDisk();
        int count = 3_000;
        List<Long> ends;
        try (LogStore store = LogStore.open(disk, SMALL)) {
            ends = fill(store, 0, count);
            assertTrue(store.stats().segments() > 5);
            assertSuffixes(store, ends, count);
        }
        try (LogStore store = LogStore.open(disk.restart(), SMALL)) {
            assertSuffixes(store, ends, count);
            assertEquals(IDS, store.table(IDS).spec());
            assertTrue(store.table(IDS).spec().isDeduplicated());
            assertThrows(
                    IllegalArgumentException.class, () -> store.table(TableSpec.byKey("ids")));
        }
    }

    private static void assertSuffixes(LogStore store, List<Long> ends, int count) {
        for (int frame : new int[] {0, 1, 17, 500, ends.size() - 2, ends.size() - 1}) {
            List<Long> expected = new ArrayList<>();
            for (long i = 3L * (frame + 1); i < count; i++) {
                expected.add(i);
            }
            assertEquals(expected, heights(store, ends.get(frame)), "behind frame " + frame);
        }
        assertEquals(count, heights(store, 0).size());
        assertEquals(List.of(), heights(store, store.visible()));
        assertEquals(List.of(), heights(store, Long.MAX_VALUE));
    }

    @Test
    void shouldNameTheDamageWhenAFrameIsNotWhatItWas() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, SMALL)) {
            fill(store, 0, 900);
            try (StorageFile file =
                    disk.open(Segment.fileName(0), Storage.Access.READ_WRITE)) {
                file.write(MemorySegment.ofArray(new byte[] {1, 2, 3}), 20_000);
            }
            CorruptionException e =
                    assertThrows(CorruptionException.class, () -> store.replay(0, record -> {}));
            assertEquals(Segment.fileName(0), e.file());
        }
    }

    @Test
    void shouldRefuseWhenTheStoreIsClosed() {
        LogStore store = LogStore.open(new SimDisk(), SMALL);
        store.close();
        assertThrows(StorageClosedException.class, () -> store.replay(0, record -> {}));
    }

    // ---- what a batch tells

    private static final class Told implements Batch.Settlement {

        private final List<String> words = new ArrayList<>();

        @Override
        public void committed(CommitTicket ticket) {
            words.add("committed " + ticket.sequence());
        }

        @Override
        public void aborted() {
            words.add("aborted");
        }
    }

    @Test
    void shouldTellOnceWhatBecameOfABatch() {
        Told told = new Told();
        try (LogStore store = LogStore.open(new SimDisk(), SMALL)) {
            Table table = store.table(TableSpec.byKey("plain"));
            Batch batch = store.newBatch();
            batch.put(table, 0, key(0), key(0)).whenSettled(told);
            store.commit(batch);
            batch.clear();
            batch.whenSettled(told).clear();
            batch.whenSettled(told).close();
            batch.close();
            assertEquals(List.of("committed 2", "aborted", "aborted"), told.words);
        }
    }

    /** One that clears the batch, registers again or fails, changes nothing for the others. */
    @Test
    @SuppressWarnings("NullAway") // what a caller without it may do
    void shouldTellAllTheSameWhateverOneOfThemDoes() {
        Told told = new Told();
        try (LogStore store = LogStore.open(new SimDisk(), SMALL);
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("plain"));
            batch.whenSettled(new Meddler(batch, told)).whenSettled(told);
            batch.put(table, 0, key(0), key(0));
            assertThrows(StackOverflowError.class, () -> store.commit(batch));
            assertEquals(List.of("committed 2"), told.words);
            assertEquals(0, batch.count());
            batch.clear();
            assertEquals(List.of("committed 2", "aborted"), told.words);
            assertThrows(NullPointerException.class, () -> batch.whenSettled(null));
        }
    }

    private record Meddler(Batch batch, Told told) implements Batch.Settlement {

        @Override
        public void committed(CommitTicket ticket) {
            batch.clear();
            batch.whenSettled(told);
            throw new StackOverflowError("of one who is told");
        }

        @Override
        public void aborted() {}
    }

    @Test
    void shouldLeaveABatchUndecidedWhenItsCommitFails() {
        Told told = new Told();
        LogStore store = LogStore.open(new SimDisk(), SMALL);
        try (Batch batch = store.newBatch()) {
            batch.whenSettled(told);
            store.close();
            assertThrows(StorageClosedException.class, () -> store.commit(batch));
            assertEquals(List.of(), told.words);
        }
        assertEquals(List.of("aborted"), told.words);
    }
}
