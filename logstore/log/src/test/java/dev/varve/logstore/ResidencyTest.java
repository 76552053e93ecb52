package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page cache as it is told, against what was just read into it or put out of it. */
@Tag("native")
final class ResidencyTest {

    private static final int POSIX_FADV_DONTNEED = 4;
    private static final int RECORDS = 3_000;

    @TempDir private Path directory;

    private void fill() {
        LogOptions options = LogOptions.bulk().withSegmentBytes(256 << 10);
        try (LogStore store = LogStore.open(directory, options);
                Batch batch = store.newBatch()) {
            Table table = store.table(TableSpec.byKey("t"));
            for (int i = 0; i < RECORDS; i++) {
                byte[] key = Integer.toString(i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
                store.commit(batch.clear().put(table, i, key, new byte[1_000]));
            }
        }
    }

    @Test
    void shouldTellWhatWasReadAndWhatWasPutOut() throws Throwable {
        assumeTrue(Residency.isKnown(), "native access is not enabled, or there is no mincore");
        fill();
        try (FileStorage storage = new FileStorage(directory)) {
            for (String name : storage.list()) {
                read(storage, name);
            }
            List<Residency> read = Residency.of(storage);
            assertEquals(lengths(storage), read.stream().mapToLong(Residency::length).sum());
            for (Residency file : read) {
                assertEquals(file.length(), file.residentBytes(), file.toString());
            }
            assertTrue(of(read, Residency.Kind.LOG) > RECORDS * 1_000L);
            assertTrue(of(read, Residency.Kind.INDEX) > 0);

            for (String name : storage.list()) {
                putOut(directory.resolve(name));
            }
            List<Residency> put = Residency.of(storage);
            long left = put.stream().mapToLong(Residency::residentBytes).sum();
            assumeTrue(left < lengths(storage), "a file system that is in memory as a whole");
            assertTrue(left < lengths(storage) / 10, left + " of " + lengths(storage));

            Residency first = put.getFirst();
            read(storage, first.file());
            Residency again = Residency.of(storage).getFirst();
            assertEquals(again.length(), again.residentBytes(), again.toString());
        }
    }

    @Test
    void shouldSayThatItCannotTellWithoutNativeAccess() {
        assumeTrue(!ResidencyTest.class.getModule().isNativeAccessEnabled(), "it is enabled");
        assertFalse(Residency.isKnown());
        try (FileStorage storage = new FileStorage(directory)) {
            assertThrows(IllegalStateException.class, () -> Residency.of(storage));
        }
    }

    private static long of(List<Residency> files, Residency.Kind kind) {
        return files.stream()
                .filter(file -> file.kind() == kind)
                .mapToLong(Residency::residentBytes)
                .sum();
    }

    private long lengths(FileStorage storage) throws IOException {
        long bytes = 0;
        for (String name : storage.list()) {
            boolean counts = name.endsWith(".log") || name.endsWith(".run");
            bytes += counts ? Files.size(directory.resolve(name)) : 0;
        }
        return bytes;
    }

    private static void read(FileStorage storage, String name) {
        try (StorageFile file = storage.open(name, Storage.Access.READ)) {
            byte[] bytes = new byte[(int) file.length()];
            assertEquals(bytes.length, file.read(MemorySegment.ofArray(bytes), 0));
        }
    }

    /** Forces a file and tells the system that nobody needs it in memory. */
    @SuppressWarnings("restricted") // native access is enabled
    private static void putOut(Path path) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle open =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("open"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        MethodHandle advise =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("posix_fadvise"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
        MethodHandle force =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("fsync"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        MethodHandle close =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("close"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int file = (int) open.invokeExact(arena.allocateFrom(path.toString()), 0);
            assertTrue(file >= 0);
            assertEquals(0, (int) force.invokeExact(file));
            assertEquals(0, (int) advise.invokeExact(file, 0L, 0L, POSIX_FADV_DONTNEED));
            assertEquals(0, (int) close.invokeExact(file));
        }
    }
}
