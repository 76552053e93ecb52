package dev.varve.logstore.run;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Asks the system which pages of a file are in its page cache, by {@code mincore} of a mapping that
 * nobody reads; where the embedder has enabled native access for this module. For any thread,
 * without state.
 *
 * <p>Linux tells the truth only of files that the process owns or may write, and calls all pages of
 * others resident (mm/mincore.c, since 5.2): the caller sees to that.
 */
public final class ResidentPages {

    /** Mapped at a time. */
    private static final long PIECE_BYTES = 256 << 20;

    private final MethodHandle mincore;
    private final long pageBytes;

    @SuppressWarnings("restricted") // Made only where native access is enabled.
    public ResidentPages() {
        if (!isPossible()) {
            throw new IllegalStateException("native access is not enabled, or there is no mincore");
        }
        Linker linker = Linker.nativeLinker();
        mincore =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("mincore"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS));
        MethodHandle getpagesize =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("getpagesize"),
                        FunctionDescriptor.of(JAVA_INT));
        pageBytes = call(() -> (int) getpagesize.invokeExact());
    }

    /** Whether the system can be asked. */
    public static boolean isPossible() {
        return ResidentPages.class.getModule().isNativeAccessEnabled()
                && Linker.nativeLinker().defaultLookup().find("mincore").isPresent()
                && Linker.nativeLinker().defaultLookup().find("getpagesize").isPresent();
    }

    /** How many bytes of a file between two offsets are in memory, by whole pages. */
    public long residentBytes(StorageFile file, long from, long to) {
        long bytes = 0;
        for (long at = from / pageBytes * pageBytes; at < to; at += PIECE_BYTES) {
            bytes += residentBytes(file, at, Math.min(PIECE_BYTES, to - at), from);
        }
        return bytes;
    }

    private long residentBytes(StorageFile file, long at, long length, long from) {
        try (Arena arena = Arena.ofShared()) {
            // No byte of it is read, so it does no harm if the file grows or is cut meanwhile.
            MemorySegment mapping = file.map(at, length, arena);
            long pages = (length + pageBytes - 1) / pageBytes;
            MemorySegment flags = arena.allocate(pages);
            int result =
                    call(() -> (int) mincore.invokeExact(mapping, mapping.byteSize(), flags));
            if (result != 0) {
                throw new IllegalStateException("mincore failed for " + file.name());
            }
            long bytes = 0;
            for (long page = 0; page < pages; page++) {
                if ((flags.get(JAVA_BYTE, page) & 1) != 0) {
                    long start = Math.max(from, at + page * pageBytes);
                    bytes += Math.min(at + length, at + (page + 1) * pageBytes) - start;
                }
            }
            return bytes;
        }
    }

    /** A call of a function of the system. */
    private interface NativeCall {
        int invoke() throws Throwable;
    }

    private static int call(NativeCall function) {
        try {
            return function.invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("the system could not be asked", e);
        }
    }
}
