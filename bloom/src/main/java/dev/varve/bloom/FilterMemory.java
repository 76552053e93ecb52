package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Zeroed memory for the shards of a filter, in huge pages where that is possible: a random line of
 * gigabytes then costs one miss of the cache instead of another of the address translation.
 *
 * <p>Huge pages need two calls of the C library, mmap and madvise, and are asked for only where the
 * embedder has enabled native access for this module; the kernel then fills pages when they are
 * first written. Everywhere else the memory is an arena's.
 */
enum FilterMemory {
    /** Anonymous memory that the kernel backs with huge pages where it can. */
    HUGE_PAGES,
    /** An arena's memory, of pages of any size. */
    PLAIN;

    /** The length of a huge page in bytes. */
    static final long HUGE_PAGE_LENGTH = 2L << 20;

    /** There only on Linux, whose constants the calls below use. */
    private static final Path HUGE_PAGES_SWITCH =
            Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;

    /** A multiple of every size of page that Linux has, but huge ones. */
    private static final long PAGE_MULTIPLE = 64L << 10;

    private static final long MAP_FAILED = -1;

    /** What {@link #allocate} can give here. */
    static FilterMemory best() {
        boolean huge =
                FilterMemory.class.getModule().isNativeAccessEnabled()
                        && Files.exists(HUGE_PAGES_SWITCH);
        return huge ? HUGE_PAGES : PLAIN;
    }

    /** Memory of that length, zeroed, valid until the arena is closed; it begins at a page. */
    MemorySegment allocate(long length, Arena arena) {
        return switch (this) {
            case HUGE_PAGES -> mapHugePages(length, arena);
            case PLAIN -> arena.allocate(length, FilterShardDescriptor.PAGE_LENGTH);
        };
    }

    private static MemorySegment mapHugePages(long length, Arena arena) {
        MemorySegment memory = map(length, arena);
        advise(memory, MADV_HUGEPAGE);
        return memory;
    }

    /**
     * Gives the pages of memory back that nobody needs any more; it stays valid, and is zero where
     * that was done. Does nothing where memory is an arena's, and for up to 64 KiB at both ends.
     */
    void giveBack(MemorySegment memory) {
        if (this == PLAIN) {
            return;
        }
        long skipped = -memory.address() & (PAGE_MULTIPLE - 1);
        long length = (memory.byteSize() - skipped) / PAGE_MULTIPLE * PAGE_MULTIPLE;
        if (length > 0) {
            advise(memory.asSlice(skipped, length), MADV_DONTNEED);
        }
    }

    /** Anonymous memory from a huge page's boundary on; no page exists before it is written. */
    @SuppressWarnings("restricted") // Called only where native access is enabled.
    static MemorySegment map(long length, Arena arena) {
        long mapped = length + HUGE_PAGE_LENGTH;
        MemorySegment region = mmap(mapped);
        if (region.address() == MAP_FAILED) {
            throw new OutOfMemoryError("no address space for a filter of " + length + " bytes");
        }
        long skipped = -region.address() & (HUGE_PAGE_LENGTH - 1);
        return region.reinterpret(mapped, arena, FilterMemory::unmap).asSlice(skipped, length);
    }

    private static MemorySegment mmap(long length) {
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG);
        try {
            return (MemorySegment)
                    function("mmap", type)
                            .invokeExact(
                                    MemorySegment.NULL,
                                    length,
                                    PROT_READ_WRITE,
                                    MAP_PRIVATE_ANONYMOUS_NORESERVE,
                                    -1,
                                    0L);
        } catch (Throwable e) {
            throw new IllegalStateException("mmap could not be called", e);
        }
    }

    /** A kernel that refuses leaves pages as they are: slower or more memory, not wrong. */
    private static void advise(MemorySegment memory, int advice) {
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT);
        try {
            int ignored =
                    (int)
                            function("madvise", type)
                                    .invokeExact(memory, memory.byteSize(), advice);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise could not be called", e);
        }
    }

    /** Called when the arena is closed, with the whole mapping. */
    private static void unmap(MemorySegment region) {
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        try {
            int result = (int) function("munmap", type).invokeExact(region, region.byteSize());
            assert result == 0 : "munmap of a mapping of our own: " + result;
        } catch (Throwable e) {
            throw new IllegalStateException("munmap could not be called", e);
        }
    }

    @SuppressWarnings("restricted") // Called only where native access is enabled.
    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        return linker.downcallHandle(library.findOrThrow(name), type);
    }
}
