package dev.varve.jmh.peers;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory of which no page exists before it is written, in huge pages: as a filter's is, where Linux
 * has them and native access is enabled. Elsewhere an arena's, which is zeroed at once, as a
 * filter's is there. Static, without state.
 */
final class NewMemory {

    private static final Path HUGE_PAGES_SWITCH =
            Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

    private static final long HUGE_PAGE = 2L << 20;
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MADV_HUGEPAGE = 14;
    private static final long FAILED = -1;

    private NewMemory() {}

    /** From a huge page's boundary on; valid until the arena is closed. */
    static MemorySegment allocate(long length, Arena arena) {
        if (!NewMemory.class.getModule().isNativeAccessEnabled()
                || !Files.exists(HUGE_PAGES_SWITCH)) {
            return arena.allocate(length, HUGE_PAGE);
        }
        try {
            return map(length, arena);
        } catch (Throwable e) {
            throw new IllegalStateException("no new memory of " + length + " bytes", e);
        }
    }

    @SuppressWarnings("restricted") // Called only where native access is enabled.
    private static MemorySegment map(long length, Arena arena) throws Throwable {
        FunctionDescriptor mmap =
                FunctionDescriptor.of(
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG);
        MethodHandle madvise =
                function(
                        "madvise",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));
        long all = length + HUGE_PAGE;
        MemorySegment region =
                (MemorySegment)
                        function("mmap", mmap)
                                .invokeExact(
                                        MemorySegment.NULL,
                                        all,
                                        PROT_READ_WRITE,
                                        MAP_PRIVATE_ANONYMOUS_NORESERVE,
                                        -1,
                                        0L);
        if (region.address() == FAILED) {
            throw new OutOfMemoryError("mmap");
        }
        MemorySegment memory = region.reinterpret(all, arena, NewMemory::unmap);
        // Refused, it is memory in small pages, as a filter's is then.
        int ignored = (int) madvise.invokeExact(memory, all, MADV_HUGEPAGE);
        return memory.asSlice(-memory.address() & (HUGE_PAGE - 1), length);
    }

    private static void unmap(MemorySegment region) {
        FunctionDescriptor munmap =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        try {
            int result = (int) function("munmap", munmap).invokeExact(region, region.byteSize());
            if (result != 0) {
                throw new IllegalStateException("munmap: " + result);
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted") // Called only where native access is enabled.
    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
