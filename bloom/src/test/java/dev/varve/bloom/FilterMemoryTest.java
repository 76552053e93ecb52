package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
final class FilterMemoryTest {

    @Test
    void shouldUseHugePagesOnlyWhereNativeAccessIsEnabled() {
        boolean enabled = FilterMemory.class.getModule().isNativeAccessEnabled();
        assertTrue(enabled || FilterMemory.best() == FilterMemory.PLAIN);
    }

    @Test
    void shouldGiveZeroedAlignedMemoryUntilTheArenaIsClosed() {
        for (FilterMemory memory : FilterMemory.values()) {
            if (memory == FilterMemory.HUGE_PAGES && FilterMemory.best() != memory) {
                continue; // Not to be had here.
            }
            Arena arena = Arena.ofShared();
            MemorySegment segment = memory.allocate(5 << 20, arena);
            assertEquals(5 << 20, segment.byteSize());
            assertEquals(0, segment.address() % LineProbe.LINE_LENGTH);
            assertEquals(-1, segment.mismatch(MemorySegment.ofArray(new byte[5 << 20])));
            segment.fill((byte) 7);
            arena.close();
            assertThrows(
                    IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void shouldAlignHugePages() {
        assumeTrue(FilterMemory.best() == FilterMemory.HUGE_PAGES, "native access is not enabled");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment segment = FilterMemory.HUGE_PAGES.allocate(4 << 20, arena);
            assertEquals(0, segment.address() % FilterMemory.HUGE_PAGE_LENGTH);
        }
    }
}
