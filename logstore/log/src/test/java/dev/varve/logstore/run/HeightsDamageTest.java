package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
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

    /** Pages of which the next ones that are fetched seem not to be readable. */
    private static final class LosingPages implements PageAccess {

        private final PageAccess pages;
        private final InternalError error;
        private int lost;

        LosingPages(PageAccess pages, InternalError error) {
            this.pages = pages;
            this.error = error;
        }

        @Override
        public long fetch(long page) {
            if (lost > 0) {
                lost--;
                throw error;
            }
            return pages.fetch(page);
        }

        @Override
        public MemorySegment memory(long fetched) {
            return pages.memory(fetched);
        }

        @Override
        public long offset(long fetched) {
            return pages.offset(fetched);
        }

        @Override
        public boolean isCurrent(long fetched) {
            return pages.isCurrent(fetched);
        }

        @Override
        public void close() {
            pages.close();
        }
    }

    /**
     * The JVM tells of a lost page some time after the access: whoever asks next must not take it
     * for one of his, nor the answer of who asked before for right.
     */
    @Test
    void shouldPassOnTheLostPageOfAnotherFileAndNameItsOwn() {
        InternalError late = new InternalError("late");
        List<LosingPages> made = new ArrayList<>();
        PageSource source =
                (file, checksum, filter) -> {
                    made.add(new LosingPages(new MappedPages(file, checksum), late));
                    return made.getLast();
                };
        RunFiles files = new RunFiles(written(), 1, 2, source, WriteMeans.unlimited());
        try (HeightsFile heights = files.openHeights(RANGE)) {
            LosingPages pages = made.getLast();
            List<LongSupplier> questions =
                    List.of(
                            () -> heights.find(2, 2_000, Long.MAX_VALUE),
                            () -> heights.next(2, 2_000, Long.MAX_VALUE),
                            () -> heights.last(2, Long.MAX_VALUE),
                            () -> heights.highest(2));
            for (LongSupplier question : questions) {
                pages.lost = 1;
                assertSame(late, assertThrows(InternalError.class, question::getAsLong));
                assertTrue(question.getAsLong() >= 2_000, "and it goes on to answer");
                pages.lost = Integer.MAX_VALUE;
                CorruptionException own =
                        assertThrows(CorruptionException.class, question::getAsLong);
                assertTrue(own.file().endsWith(RANGE.heightsName()), own::getMessage);
                pages.lost = 0;
            }
            pages.lost = 1;
            assertThrows(CorruptionException.class, heights::verify);
            HeightCursor cursor = heights.cursor();
            assertTrue(cursor.next());
            pages.lost = 1;
            assertThrows(CorruptionException.class, cursor::position);
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
