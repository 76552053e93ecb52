package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A file of heights that was damaged, or that a crash met: never a wrong answer or "absent". */
final class HeightsDamageTest {

    private static final long BASE = 1L << 40;
    private static final RunRange RANGE = new RunRange(BASE, BASE + (1 << 20));
    private static final int RECORDS = 2_000;

    /** Table 1 is dense, table 2 has every other height, two records each. */
    private static final class Entries implements HeightCursor {

        private int entry = -1;

        @Override
        public boolean next() {
            entry++;
            return entry < 2 * RECORDS;
        }

        @Override
        public int table() {
            return 1 + entry / RECORDS;
        }

        @Override
        public long height() {
            return entry < RECORDS ? entry : entry / 2 * 2;
        }

        @Override
        public long position() {
            return BASE + 16L * entry;
        }
    }

    private static RunFiles files(SimDisk disk) {
        return MappedRuns.files(disk, 1, 2);
    }

    private static SimDisk written() {
        SimDisk disk = new SimDisk();
        files(disk).writeHeights(RANGE, BASE, Entries::new);
        disk.forceDirectory();
        return disk;
    }

    private static void checkAnswers(HeightsFile heights) {
        Entries expected = new Entries();
        while (expected.next()) {
            long bound = expected.position() + 1;
            try {
                long found = heights.find(expected.table(), expected.height(), bound);
                assertEquals(expected.position(), found);
            } catch (CorruptionException e) {
                assertTrue(e.getMessage().contains(RANGE.heightsName()), e::getMessage);
            }
        }
    }

    @Test
    void shouldNameTheDamageWhereverABitIsFlipped() {
        SimDisk disk = written();
        int length = TwinRun.contents(disk, RANGE.heightsName()).length;
        assertEquals(10 * 4096, length);
        Random random = new Random(9);
        for (int i = 0; i < 300; i++) {
            SimDisk damaged = disk.crash(CrashModel.KEEP_ALL, 1);
            long bit = i < 100 ? 8L * 4096 * (i % 10) + i / 10 : random.nextInt(8 * length);
            damaged.flipBit(RANGE.heightsName(), bit);
            long page = bit / 8 / 4096;
            CorruptionException e = assertThrows(CorruptionException.class, () -> read(damaged));
            assertTrue(e.file().endsWith(RANGE.heightsName()), e::getMessage);
            assertTrue(e.offset() / 4096 == page || e.offset() < 4096, e::getMessage);
        }
    }

    private static void read(SimDisk disk) {
        try (HeightsFile heights = files(disk).openHeights(RANGE)) {
            checkAnswers(heights);
            heights.verify();
        }
    }

    @Test
    void shouldRefuseAFileThatWasCutOff() {
        for (long length : List.of(0L, 4095L, 4096L, 8192L, 10 * 4096L - 1)) {
            SimDisk damaged = written();
            try (var file = damaged.open(RANGE.heightsName(), SimDisk.Access.READ_WRITE)) {
                file.truncate(length);
            }
            assertThrows(CorruptionException.class, () -> read(damaged), "length " + length);
        }
    }

    @Test
    void shouldBeWholeOrAbsentWhereverThePowerFails() {
        long calls = written().calls();
        for (long call = 1; call <= calls; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            assertThrows(
                    SimPowerCut.class,
                    () -> {
                        files(disk).writeHeights(RANGE, BASE, Entries::new);
                        disk.forceDirectory();
                    });
            for (CrashModel model : CrashModel.values()) {
                SimDisk after = disk.crash(model, call);
                if (after.exists(RANGE.heightsName())) {
                    read(after);
                }
                files(after).writeHeights(RANGE, BASE, Entries::new);
                after.forceDirectory();
                read(after.crash(CrashModel.LOSE_ALL, call));
            }
        }
    }
}
