package dev.varve.logstore;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the system is told about mapped memory, where the embedder has enabled native access for
 * this module. Static, without state.
 */
final class MemoryAdvice {

    private static final int MADV_RANDOM = 1;

    private MemoryAdvice() {}

    private static boolean isPossible() {
        return MemoryAdvice.class.getModule().isNativeAccessEnabled()
                && Linker.nativeLinker().defaultLookup().find("madvise").isPresent();
    }

    /**
     * Says that pages will be read one by one in no order, so that a fault reads one of them and
     * not megabytes. A system that refuses reads too much: slower, not wrong.
     */
    @SuppressWarnings("restricted") // Called only where native access is enabled.
    static void random(MemorySegment mapping) {
        if (!isPossible() || !mapping.isNative()) {
            return;
        }
        FunctionDescriptor type =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT);
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup().findOrThrow("madvise");
        try {
            int ignored =
                    (int)
                            linker.downcallHandle(function, type)
                                    .invokeExact(mapping, mapping.byteSize(), MADV_RANDOM);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise could not be called", e);
        }
    }
}
