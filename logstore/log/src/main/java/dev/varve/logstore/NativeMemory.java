package dev.varve.logstore;

import java.lang.foreign.MemorySegment;

/** Memory that others allocated, of which nothing is known but the address. */
public final class NativeMemory {

    private NativeMemory() {}

    /**
     * The bytes at an address. Nothing guards them: whoever has the memory must keep it until the
     * call that the segment is handed to returns, and must say its true length.
     *
     * @throws IllegalStateException if native access is not enabled for this module, which such a
     *     segment needs
     */
    @SuppressWarnings("restricted") // Called only where native access is enabled.
    public static MemorySegment at(long address, long length) {
        Module module = NativeMemory.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            throw new IllegalStateException(
                    "memory of which only the address is known needs --enable-native-access="
                            + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
        }
        return MemorySegment.ofAddress(address).reinterpret(length);
    }
}
