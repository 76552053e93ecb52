package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.FrameBeginDescriptor;
import dev.varve.logstore.format.ManifestDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Damage to acknowledged bytes is told, with file and offset; never served, never dropped. */
final class LogStoreDamageTest {

    private static final LogOptions OPTIONS = CrashExplorer.SMALL;
    private static final long COMMITS = 45;

    private final CommitScript script = new CommitScript(21, 0);

    private SimDisk closedStore() {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            for (long n = 1; n <= COMMITS; n++) {
                script.commit(store, n);
            }
        }
        return disk.crash(CrashModel.LOSE_ALL, 0);
    }

    private static List<String> segmentFiles(SimDisk disk) {
        return disk.list().stream().filter(name -> Segment.basePosition(name) >= 0).toList();
    }

    @Test
    void shouldNameFileAndOffsetWhenAnyBitOfAClosedStoreIsFlipped() {
        SimDisk intact = closedStore();
        List<String> files = segmentFiles(intact);
        assertTrue(files.size() > 1, "several segments: " + files);
        for (String file : files) {
            long bits = 8 * lengthOf(intact, file);
            // A prime stride: over all files every bit of a byte and every field is met.
            for (long bit = 0; bit < bits; bit += 997) {
                SimDisk damaged = intact.crash(CrashModel.KEEP_ALL, 0);
                damaged.flipBit(file, bit);
                long at = bit;
                StorageException e =
                        assertThrows(
                                StorageException.class,
                                () -> openAndRead(damaged),
                                () -> "bit " + at + " of " + file);
                assertEquals(file, e.file(), () -> "bit " + at + " of " + file + ": " + e);
            }
        }
    }

    private static long lengthOf(SimDisk disk, String name) {
        try (StorageFile file = disk.open(name, Storage.Access.READ)) {
            return file.length();
        }
    }

    /** Fails where the damage is found: at opening, or as a problem that verify tells. */
    private void openAndRead(SimDisk disk) {
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            VerifyReport report = store.verify();
            if (!report.isClean()) {
                String problem = report.problems().getFirst();
                String file = segmentFiles(disk).stream().filter(problem::contains).findAny().get();
                throw new CorruptionException(problem, file, 0, null);
            }
        }
    }

    @Test
    void shouldRefuseAStoreWithAMissingSegment() {
        for (String file : segmentFiles(closedStore())) {
            SimDisk disk = closedStore();
            disk.delete(file);
            CorruptionException e =
                    assertThrows(CorruptionException.class, () -> LogStore.open(disk, OPTIONS));
            assertTrue(e.getMessage().contains("missing"), e.getMessage());
        }
    }

    @Test
    void shouldRefuseALogThatIsShorterThanItWasDurable() {
        SimDisk disk = closedStore();
        String last = segmentFiles(disk).getLast();
        try (StorageFile file = disk.open(last, Storage.Access.READ_WRITE)) {
            file.truncate(file.length() - 100);
        }
        assertThrows(CorruptionException.class, () -> LogStore.open(disk, OPTIONS));
    }

    @Test
    void shouldTellRotFromATornTailWithoutACleanClose() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, OPTIONS);
        for (long n = 1; n <= 12; n++) {
            script.commit(store, n);
        }
        SimDisk cut = disk.crash(CrashModel.LOSE_ALL, 0);
        store.close();
        // The first frame was named durable by those behind it.
        long first = SegmentHeaderDescriptor.FRAMES_OFFSET + FrameBeginDescriptor.LENGTH + 8;
        cut.flipBit(segmentFiles(cut).getFirst(), 8 * first);
        CorruptionException e =
                assertThrows(CorruptionException.class, () -> LogStore.open(cut, OPTIONS));
        assertEquals(SegmentHeaderDescriptor.FRAMES_OFFSET, e.offset());
    }

    @Test
    void shouldSetATornTailAsideAndReportIt() {
        SimDisk disk = new SimDisk();
        LogStore store = LogStore.open(disk, OPTIONS);
        for (long n = 1; n <= 12; n++) {
            script.commit(store, n);
        }
        long end = store.visible();
        SimDisk cut = disk.crash(CrashModel.LOSE_ALL, 0);
        store.close();
        String last = segmentFiles(cut).getLast();
        byte[] torn = "half a frame, never acknowledged".getBytes(StandardCharsets.US_ASCII);
        try (StorageFile file = cut.open(last, Storage.Access.READ_WRITE)) {
            file.write(MemorySegment.ofArray(torn), end - Segment.basePosition(last));
        }
        try (LogStore again = LogStore.open(cut, OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.UNCLEAN, again.recoveryReport().outcome());
            assertEquals(torn.length, again.recoveryReport().tornBytes());
            assertEquals(end, again.recoveryReport().endPosition());
            assertFalse(again.recoveryReport().notes().isEmpty());
            script.check(again, again.snapshot(), 12);
            script.commit(again, 13);
            script.check(again, again.snapshot(), 13);
        }
        SimDisk later = cut.crash(CrashModel.LOSE_ALL, 0);
        String aside = later.list().stream().filter(n -> n.startsWith("torn-")).findAny().get();
        assertEquals(torn.length, lengthOf(later, aside));
    }

    @Test
    void shouldOpenWithoutItsManifest() {
        SimDisk disk = closedStore();
        disk.delete(Manifest.FILE);
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertEquals(1, store.recoveryReport().notes().size());
            script.check(store, store.snapshot(), COMMITS);
            script.commit(store, COMMITS + 1);
        }
        SimDisk later = disk.crash(CrashModel.LOSE_ALL, 0);
        try (LogStore store = LogStore.open(later, OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            script.check(store, store.snapshot(), COMMITS + 1);
        }
    }

    @Test
    void shouldRefuseADamagedManifestAndANewerOne() {
        SimDisk damaged = closedStore();
        damaged.flipBit(Manifest.FILE, 8 * ManifestDescriptor.HASH_KEY_LOW_OFFSET);
        CorruptionException e =
                assertThrows(CorruptionException.class, () -> LogStore.open(damaged, OPTIONS));
        assertEquals(Manifest.FILE, e.file());
        assertEquals("sim:disk", e.store());
        SimDisk newer = closedStore();
        newer.flipBit(Manifest.FILE, 8 * ManifestDescriptor.VERSION_OFFSET + 1);
        assertThrows(FormatVersionException.class, () -> LogStore.open(newer, OPTIONS));
    }

    @Test
    void shouldRefuseASegmentOfAnotherStore() {
        SimDisk disk = closedStore();
        SimDisk other = closedStore();
        String last = segmentFiles(disk).getLast();
        try (StorageFile source = other.open(last, Storage.Access.READ);
                StorageFile target = disk.open(last, Storage.Access.READ_WRITE)) {
            MemorySegment page =
                    MemorySegment.ofArray(new byte[SegmentHeaderDescriptor.FRAMES_OFFSET]);
            source.read(page, 0);
            target.write(page, 0);
        }
        CorruptionException e =
                assertThrows(CorruptionException.class, () -> LogStore.open(disk, OPTIONS));
        assertTrue(e.getMessage().contains("belongs to store"), e.getMessage());
    }
}
