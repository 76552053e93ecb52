package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs in real mappings. */
final class MappedRunTest {

    @TempDir Path directory;

    @Test
    void shouldFindWhatTheTwinFinds() {
        try (Storage storage = new FileStorage(directory)) {
            TwinRun twin = TwinRun.ofSegment(1L << 28);
            twin.addRandom(new Random(3), 30_000, (random, i) -> random.nextLong());
            RunFiles files = MappedRuns.files(storage, TwinRun.HIGH, TwinRun.LOW);
            twin.write(files);
            try (Run run = files.open(twin.range())) {
                RunModelTest.check(run, twin, new Random(4), "mapped");
                run.verify();
            }
        }
    }

    /** Behind the end of its file a mapping has no pages: the JVM is told by a signal. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldNameTheFileWhenItWasCutOffUnderTheMapping() throws IOException {
        try (Storage storage = new FileStorage(directory)) {
            TwinRun twin = TwinRun.ofSegment(1L << 28);
            twin.addRandom(new Random(3), 3_000, (random, i) -> random.nextLong());
            RunFiles files = MappedRuns.files(storage, TwinRun.HIGH, TwinRun.LOW);
            twin.write(files);
            String name = twin.range().runName();
            try (Run run = files.open(twin.range())) {
                try (FileChannel file =
                        FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE)) {
                    file.truncate(8192);
                }
                for (long hash = Long.MIN_VALUE; hash < Long.MAX_VALUE - (1L << 58); ) {
                    hash += 1L << 58;
                    long one = hash;
                    CorruptionException e =
                            assertThrows(
                                    CorruptionException.class,
                                    () -> run.find(one, Long.MAX_VALUE));
                    assertEquals(name, e.file());
                    assertEquals(8192, e.offset());
                }
            }
        }
    }

    /** The same where the check was compiled: the loop of a checksum might end the JVM. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldThrowWhenAPageIsCheckedThatCannotBeReadByCompiledCode() throws IOException {
        PageChecksum checksum = new PageChecksum("pages", 7);
        int pages = 6;
        try (Storage storage = new FileStorage(directory);
                StorageFile file = storage.create("pages");
                Arena arena = Arena.ofConfined()) {
            MemorySegment content = arena.allocate((long) pages * PAGE_LENGTH);
            for (int page = 0; page < pages; page++) {
                checksum.seal(content, (long) page * PAGE_LENGTH, page);
            }
            file.write(content, 0);
            for (int i = 0; i < 5_000; i++) {
                try (MappedPages mapped = new MappedPages(file, checksum)) {
                    for (int page = 0; page < pages; page++) {
                        assertEquals(page, mapped.fetch(page));
                    }
                }
            }
            for (int i = 0; i < 20; i++) {
                try (MappedPages mapped = new MappedPages(file, checksum)) {
                    file.truncate(PAGE_LENGTH);
                    assertTrue(isTold(mapped, pages));
                }
                file.write(content, 0);
            }
        }
    }

    private static boolean isTold(MappedPages mapped, int pages) {
        try {
            for (int page = 0; page < pages; page++) {
                assertEquals(page, mapped.fetch(page));
            }
            return false;
        } catch (CorruptionException | InternalError e) {
            return true;
        }
    }
}
