package dev.varve.logstore;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * What the system is told of a mapping, where the embedder has enabled native access; nothing
 * elsewhere. A system that does not listen reads more than it needs: slower, not wrong.
 */
final class MappedAdvice {

    private static final int MADV_RANDOM = 1; // the same number on Linux, macOS and the BSDs

    private MappedAdvice() {}

    /** A page that is not in memory comes without those around it. */
    static void expectRandomReads(MemorySegment mapped) {
        if (MappedAdvice.class.getModule().isNativeAccessEnabled()) {
            advise(mapped, MADV_RANDOM);
        }
    }

    @SuppressWarnings("restricted") // Called only where native access is enabled.
    private static void advise(MemorySegment mapped, int advice) {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> madvise = library.find("madvise");
        if (madvise.isEmpty()) {
            return;
        }
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT);
        try {
            int ignored =
                    (int)
                            Linker.nativeLinker()
                                    .downcallHandle(madvise.get(), type)
                                    .invokeExact(mapped, mapped.byteSize(), advice);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise could not be called", e);
        }
    }
}
