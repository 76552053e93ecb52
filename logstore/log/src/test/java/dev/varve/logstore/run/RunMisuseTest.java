package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.SimDisk;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A caller's mistake is an IllegalArgumentException, and leaves no run. */
final class RunMisuseTest {

    private static final RunRange RANGE = new RunRange(4096, 1L << 28);

    private final SimDisk disk = new SimDisk();
    private final RunFiles files = MappedRuns.files(disk, 1, 2);

    private void refuse(long[] bases, long maxEntries, TwinRun.Entry... entries) {
        assertThrows(
                IllegalArgumentException.class,
                () -> files.write(RANGE, bases, maxEntries, TwinRun.cursor(List.of(entries))));
        assertTrue(!disk.exists(RANGE.runName()));
    }

    private static TwinRun.Entry entry(long hash, long position) {
        return new TwinRun.Entry(hash, position, false);
    }

    @Test
    void shouldRefuseEntriesThatAreOutOfOrder() {
        long[] base = {0};
        refuse(base, 9, entry(2L << 20, 8192), entry(1L << 20, 8192));
        refuse(base, 9, entry(-1, 8192), entry(1L << 20, 8192));
        refuse(base, 9, entry(1, 8192), entry(2, 8208));
        refuse(base, 9, entry(1, 8192), entry(1, 8192));
    }

    @Test
    void shouldRefuseEntriesThatDoNotFit() {
        long[] base = {0};
        refuse(base, 9, entry(1, 4080));
        refuse(base, 9, entry(1, RANGE.end()));
        refuse(base, 9, entry(1, 4100));
        refuse(base, 9, entry(1, RANGE.end() - 16));
        refuse(base, 1, entry(1, 8192), entry(1L << 20, 8192));
    }

    @Test
    void shouldRefuseSegmentsThatDoNotFit() {
        refuse(new long[] {}, 1);
        refuse(new long[] {8192}, 1);
        refuse(new long[] {0, 0}, 1);
        refuse(new long[] {-16}, 1);
        refuse(new long[] {0, RANGE.end()}, 1);
        refuse(new long[65_537], 1);
    }

    @Test
    void shouldMergeNeighboursOnly() {
        long[] base = {0};
        files.write(new RunRange(0, 4096), base, 0, TwinRun.cursor(List.of()));
        files.write(new RunRange(8192, 9000), base, 0, TwinRun.cursor(List.of()));
        try (Run first = files.open(new RunRange(0, 4096));
                Run second = files.open(new RunRange(8192, 9000))) {
            assertThrows(
                    IllegalArgumentException.class, () -> files.merge(List.of(first, second)));
            assertThrows(IllegalArgumentException.class, () -> files.merge(List.of(first)));
        }
    }

    @Test
    void shouldKnowItsOwnNames() {
        assertEquals("00000000000000004096-00000000000268435456.run", RANGE.runName());
        assertEquals(RANGE, RunRange.ofRunName(RANGE.runName()));
        assertEquals(RANGE, RunRange.ofHeightsName(RANGE.heightsName()));
        assertNull(RunRange.ofRunName(RANGE.heightsName()));
        assertNull(RunRange.ofRunName(RANGE.runName() + ".tmp"));
        assertNull(RunRange.ofRunName("99999999999999999999-99999999999999999999.run"));
        assertNull(RunRange.ofRunName("00000000000000004096-00000000000000004096.run"));
        assertThrows(IllegalArgumentException.class, () -> new RunRange(5, 5));
        assertThrows(IllegalArgumentException.class, () -> new RunRange(-1, 5));
    }
}
