package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Files that format version 2 wrote, kept for ever: this release must read them, and as long as it
 * writes version 2 it must write the same bytes. They hold the first commits of a {@link
 * CommitScript}, in a sealed segment and an open one, with the index of both.
 */
final class GoldenFormatTest {

    private static final String FOLDER = "/golden/v2/";
    private static final List<String> FILES =
            List.of(
                    "00000000000000000000-00000000000000065536.heights",
                    "00000000000000000000-00000000000000065536.run",
                    "00000000000000000000.log",
                    "00000000000000065536-00000000000000075536.heights",
                    "00000000000000065536-00000000000000075536.run",
                    "00000000000000065536.log",
                    "MANIFEST");
    private static final LogOptions OPTIONS = LogOptions.defaults().withSegmentBytes(64 << 10);
    private static final long COMMITS = 31;

    private final CommitScript script = new CommitScript(2026, 0);

    @Test
    void shouldReadTheFilesOfVersion2() throws IOException {
        SimDisk disk = new SimDisk();
        for (String name : FILES) {
            try (StorageFile file = disk.create(name)) {
                file.write(MemorySegment.ofArray(golden(name)), 0);
            }
        }
        try (LogStore store = LogStore.open(disk, OPTIONS)) {
            assertEquals(RecoveryReport.Outcome.CLEAN, store.recoveryReport().outcome());
            assertEquals(COMMITS, store.stats().commits());
            assertEquals(2, store.stats().segments());
            assertEquals(0, store.recoveryReport().scannedBytes());
            script.check(store, store.snapshot(), COMMITS);
            CommitScript.checkVerifies(store);
        }
    }

    @Test
    void shouldWriteTheFilesOfVersion2() throws IOException {
        SimDisk disk = written();
        List<String> names = disk.list().stream().filter(n -> !n.equals("LOCK")).toList();
        assertEquals(FILES, names);
        for (String name : FILES) {
            assertArrayEquals(golden(name), contents(disk, name), name);
        }
    }

    private SimDisk written() {
        SimDisk disk = new SimDisk();
        try (LogStore store =
                LogStore.open(disk, OPTIONS, CrashExplorer.seededEnvironment(2026))) {
            for (long n = 1; n <= COMMITS; n++) {
                script.commit(store, n);
            }
            store.maintain(); // one run for each segment, or closing writes one for both
        }
        return disk.crash(CrashModel.LOSE_ALL, 0);
    }

    private static byte[] contents(SimDisk disk, String name) {
        try (StorageFile file = disk.open(name, Storage.Access.READ)) {
            byte[] bytes = new byte[(int) file.length()];
            assertEquals(bytes.length, file.read(MemorySegment.ofArray(bytes), 0));
            return bytes;
        }
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GoldenFormatTest.class.getResourceAsStream(FOLDER + name)) {
            byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
            assertTrue(bytes.length > 0, name);
            return bytes;
        }
    }
}
