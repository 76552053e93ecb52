package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Inspection.Frame;
import dev.varve.logstore.Inspection.FrameChain;
import dev.varve.logstore.Inspection.IndexUse;
import dev.varve.logstore.Inspection.ManifestFacts;
import dev.varve.logstore.Inspection.Problem;
import dev.varve.logstore.Inspection.SegmentFacts;
import dev.varve.logstore.Inspection.SegmentState;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on disk, seen from outside: sound, damaged and living stores, none of them changed. */
final class InspectorTest {

    private static final TableSpec TX = TableSpec.byKey("tx");
    private static final TableSpec BLOCKS = TableSpec.byHeight("blocks");
    private static final int COMMITS = 200;

    private static byte[] key(int i) {
        return ("key" + i).getBytes(StandardCharsets.UTF_8);
    }

    private static void commit(LogStore store, int i) {
        try (Batch batch = store.newBatch()) {
            batch.put(store.table(TX), i, key(i), new byte[1_500]);
            batch.put(store.table(BLOCKS), i, key(i));
            if (i % 10 == 9) {
                batch.delete(store.table(TX), i, key(i - 1));
            }
            store.commit(batch);
        }
    }

    /** A store of several segments, runs and heights files, that was closed. */
    private static SimDisk closedStore() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, CrashExplorer.SMALL)) {
            for (int i = 0; i < COMMITS; i++) {
                commit(store, i);
            }
        }
        return disk.crash(CrashModel.KEEP_ALL, 0);
    }

    /** Looks, and makes sure that nothing was changed. */
    private static Inspection inspect(SimDisk disk) {
        long calls = disk.calls();
        Inspection inspection = looker(disk).inspect();
        assertEquals(calls, disk.calls(), "calls that can change the disk");
        return inspection;
    }

    /** Leaves the disk open. */
    private static Inspector looker(SimDisk disk) {
        return Inspector.of(
                new ForwardingStorage(disk) {
                    @Override
                    public void close() {}
                });
    }

    private static List<Frame> frames(SimDisk disk, long base, List<Problem> problems) {
        List<Frame> frames = new ArrayList<>();
        try (Inspector inspector = looker(disk)) {
            inspector.frames(base, frames::add, problems::add);
        }
        return frames;
    }

    @Test
    void shouldTellWhatIsInAClosedStore() {
        SimDisk disk = closedStore();
        Inspection seen = inspect(disk);
        assertEquals(List.of(), seen.problems());
        assertEquals(List.of(), seen.notes());
        assertEquals(List.of("LOCK"), seen.others().stream().filter("LOCK"::equals).toList());
        ManifestFacts manifest = Objects.requireNonNull(seen.manifest());
        assertEquals(Inspection.Closing.CLEAN, manifest.closed());
        assertEquals(COMMITS + 2, manifest.lastSequence());
        assertEquals(manifest.durable(), manifest.indexed());
        assertEquals(
                List.of(2L, COMMITS + COMMITS / 10L, (long) COMMITS),
                manifest.tables().stream().map(Inspection.TableFacts::records).toList());
        assertEquals("tx", Objects.requireNonNull(manifest.tables().get(1).spec()).name());

        assertTrue(seen.segments().size() > 4);
        assertEquals(
                2 + 2 * COMMITS + COMMITS / 10,
                seen.segments().stream().mapToLong(SegmentFacts::records).sum());
        assertEquals(SegmentState.OPEN, seen.segments().getLast().state());
        long sequence = 0;
        for (SegmentFacts segment : seen.segments()) {
            assertEquals(sequence + 1, segment.firstSequence());
            sequence = segment.lastSequence();
            List<Problem> problems = new ArrayList<>();
            List<Frame> frames = frames(disk, segment.base(), problems);
            assertEquals(List.of(), problems);
            assertEquals(segment.records(), frames.stream().mapToLong(Frame::records).sum());
            assertEquals(segment.firstSequence(), frames.getFirst().sequence());
            assertEquals(segment.lastSequence(), frames.getLast().sequence());
            Frame last = frames.getLast();
            assertEquals(segment.framesEnd(), last.offset() + last.length());
            assertTrue(frames.stream().allMatch(frame -> frame.chain() == FrameChain.WHOLE));
        }
        assertEquals(COMMITS + 2, sequence);
        assertTrue(seen.index().stream().allMatch(file -> file.use() == IndexUse.NAMED));
        assertEquals(
                2 + COMMITS + COMMITS / 10,
                seen.index().stream()
                        .map(Inspection.IndexFacts::run)
                        .filter(Objects::nonNull)
                        .mapToLong(Inspection.RunFacts::entries)
                        .sum());
    }

    @Test
    void shouldShowTheRecordThatHoldsAPosition() {
        SimDisk disk = closedStore();
        try (Inspector inspector = looker(disk)) {
            long[] position = {0};
            try (LogStore store = LogStore.open(disk.crash(CrashModel.KEEP_ALL, 1),
                    CrashExplorer.SMALL)) {
                position[0] =
                        Objects.requireNonNull(
                                store.snapshot()
                                        .find(
                                                store.table(TX),
                                                java.lang.foreign.MemorySegment.ofArray(key(77)),
                                                LogRecord::position));
            }
            for (int inside : new int[] {0, 16, 1_000}) {
                Frame frame =
                        inspector.record(
                                position[0] + inside,
                                record -> {
                                    assertArrayEquals(
                                            key(77), record.key().toArray(ValueLayout.JAVA_BYTE));
                                    assertEquals(position[0], record.position());
                                    assertEquals(1_500, record.valueLength());
                                });
                assertEquals(77 + 3, Objects.requireNonNull(frame).sequence());
            }
            IllegalArgumentException no =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> inspector.record(4096, record -> {}));
            assertTrue(no.toString().contains("in no record of frame 1"), no.toString());
            assertThrows(
                    IllegalArgumentException.class, () -> inspector.record(100, record -> {}));
            assertThrows(IllegalArgumentException.class, () -> inspector.record(-1, record -> {}));
        }
    }

    @Test
    void shouldNameDamageAndGoOnBehindIt() {
        SimDisk whole = closedStore();
        SegmentFacts second = inspect(whole).segments().get(1);
        List<Frame> frames = frames(whole, second.base(), new ArrayList<>());
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 30; i++) {
            SimDisk disk = whole.crash(CrashModel.KEEP_ALL, i);
            int hit = random.nextInt(1, frames.size() - 1);
            Frame frame = frames.get(hit);
            long at = frame.offset() + random.nextLong(frame.length());
            disk.flipBit(second.file(), 8 * at + random.nextInt(8));
            String context = "seed " + seed + ", byte " + at + " of " + frame;
            List<Problem> problems = new ArrayList<>();
            List<Frame> seen = frames(disk, second.base(), problems);
            assertEquals(1, problems.size(), context + problems);
            assertEquals(second.file(), problems.getFirst().file(), context);
            assertEquals(frame.offset(), problems.getFirst().offset(), context);
            assertEquals(frames.size() - 1, seen.size(), context);
            assertEquals(FrameChain.BROKEN, seen.get(hit).chain(), context);
            assertEquals(frames.get(hit + 1).sequence(), seen.get(hit).sequence(), context);
        }
    }

    @Test
    void shouldShowAWholeRecordOfADamagedFrame() {
        SimDisk disk = closedStore();
        SegmentFacts second = inspect(disk).segments().get(1);
        Frame frame = frames(disk, second.base(), new ArrayList<>()).get(3);
        long[] records = {-1, -1};
        try (Inspector inspector = looker(disk)) {
            long first = frame.position() + 64;
            inspector.record(first, record -> records[0] = record.position());
            inspector.record(
                    records[0] + 16 + 1_500 + 48, record -> records[1] = record.position());
            disk.flipBit(second.file(), 8 * (records[0] - second.base() + 40));
            assertThrows(
                    CorruptionException.class,
                    () -> inspector.record(records[0], record -> {}));
            int[] shown = {0};
            assertNull(inspector.record(records[1], record -> shown[0]++));
            assertEquals(1, shown[0]);
        }
    }

    @Test
    void shouldNameMissingAndDamagedFiles() {
        SimDisk whole = closedStore();
        Inspection sound = inspect(whole);
        SegmentFacts second = sound.segments().get(1);
        Inspection.IndexFacts run = sound.index().getFirst();

        SimDisk disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.flipBit(second.file(), 8 * (second.length() - 30));
        assertProblem(disk, second.file(), "footer is damaged");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.flipBit(second.file(), 8 * 50);
        assertProblem(disk, second.file(), "header is damaged");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.delete(second.file());
        assertProblem(disk, sound.segments().get(2).file(), "a segment is missing");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.delete(sound.segments().getLast().file());
        assertProblem(
                disk, sound.segments().get(sound.segments().size() - 2).file(), "was durable");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.flipBit(run.file(), 8 * 50);
        assertProblem(disk, run.file(), "header checksum");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.delete(run.file());
        assertProblem(disk, run.file(), "missing");

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.flipBit(Manifest.FILE, 8 * 50);
        Inspection seen = assertProblem(disk, Manifest.FILE, "checksum");
        assertNull(seen.manifest());
        assertEquals(sound.segments().size(), seen.segments().size());

        disk = whole.crash(CrashModel.KEEP_ALL, 0);
        disk.delete(Manifest.FILE);
        seen = assertProblem(disk, Manifest.FILE, "lost");
        // Whose they are is known from the segments, so they can still be looked at.
        assertTrue(seen.index().stream().allMatch(file -> file.use() == IndexUse.ORPHAN));
        assertTrue(seen.index().stream().anyMatch(file -> file.run() != null));
    }

    private static Inspection assertProblem(SimDisk disk, String file, String what) {
        Inspection seen = inspect(disk);
        assertEquals(1, seen.problems().size(), seen.problems().toString());
        Problem problem = seen.problems().getFirst();
        assertEquals(file, problem.file());
        assertTrue(problem.what().contains(what), problem.what());
        return seen;
    }

    @Test
    void shouldTakeATornTailForNoDamage() {
        for (int seed = 0; seed < 40; seed++) {
            SimDisk disk = new SimDisk();
            LogStore store =
                    LogStore.open(disk, CrashExplorer.SMALL.withDurability(Durability.NONE));
            for (int i = 0; i < 30; i++) {
                commit(store, i);
            }
            store.force();
            for (int i = 30; i < 45; i++) {
                commit(store, i);
            }
            SimDisk left = disk.crash(CrashModel.TORN, seed);
            Inspection seen = inspect(left);
            assertEquals(List.of(), seen.problems(), "seed " + seed);
            long commits = seen.segments().getLast().lastSequence();
            try (LogStore again = LogStore.open(left, CrashExplorer.SMALL)) {
                assertEquals(again.stats().commits(), commits, "seed " + seed);
            }
            store.close();
        }
    }

    @Test
    void shouldLookAtAStoreThatIsWrittenMeanwhile(@TempDir Path directory)
            throws InterruptedException {
        LogOptions options =
                LogOptions.bulk()
                        .withSegmentBytes(64 << 10)
                        .withMaintenance(Thread::new);
        boolean[] stop = {false};
        try (LogStore store = LogStore.open(directory, options)) {
            Thread writer =
                    new Thread(
                            () -> {
                                for (int i = 0; i < 4_000; i++) {
                                    commit(store, i);
                                }
                                synchronized (stop) {
                                    stop[0] = true;
                                }
                            });
            writer.start();
            int looks = 0;
            boolean ended = false;
            while (!ended) {
                synchronized (stop) {
                    ended = stop[0];
                }
                long before = store.stats().commits();
                try (Inspector inspector = Inspector.at(directory)) {
                    Inspection seen = inspector.inspect();
                    // All that is told as changed again and again may be anything.
                    if (seen.notes().stream().noneMatch(note -> note.contains("again and"))) {
                        assertEquals(List.of(), seen.problems());
                        assertTrue(
                                before == 0
                                        || seen.segments().getLast().lastSequence() >= before
                                        || seen.segments().getLast().state()
                                                == SegmentState.DAMAGED);
                        looks++;
                    }
                }
            }
            writer.join();
            assertTrue(looks > 0);
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldNeedAStore(@TempDir Path directory) {
        assertThrows(
                IllegalArgumentException.class,
                () -> Inspector.at(directory.resolve("none")));
        assertFalse(java.nio.file.Files.exists(directory.resolve("none")));
    }

    @Test
    void shouldFindOrphans() {
        SimDisk disk = closedStore();
        Inspection sound = inspect(disk);
        try (StorageFile file =
                disk.create("00000000000000000000-00000000000000009999.run")) {
            file.force();
        }
        Inspection seen = inspect(disk);
        assertEquals(List.of(), seen.problems());
        assertEquals(sound.index().size() + 1, seen.index().size());
        assertEquals(
                1,
                seen.index().stream().filter(file -> file.use() == IndexUse.ORPHAN).count());
    }
}
