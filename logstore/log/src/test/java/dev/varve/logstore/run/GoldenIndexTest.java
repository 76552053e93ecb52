package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.SimDisk;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Index files that format version 1 wrote, kept for ever: this release must read them, and as long
 * as it writes version 1 it must write the same bytes. A run with a filter, tombstones and versions
 * in two segments, and heights of a dense table and of pairs.
 */
final class GoldenIndexTest {

    private static final String FOLDER = "/golden/v1/";
    private static final long SEGMENT = 1 << 16;
    private static final RunRange RANGE = new RunRange(SEGMENT + 4096, 3 * SEGMENT);

    private final SimDisk disk = new SimDisk();
    private final RunFiles files = MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW);

    private static TwinRun twin() {
        TwinRun twin = new TwinRun(RANGE, SEGMENT, 2 * SEGMENT);
        Random random = new Random(2026);
        twin.addRandom(random, 500, (r, i) -> r.nextLong());
        twin.addRandom(random, 50, (r, i) -> r.nextInt(3) * 0x7654_3210_0000_0000L);
        return twin;
    }

    /** Table 3 is dense from height 1,000 on; table 9 has two records of each even height. */
    private static final class Heights implements HeightCursor {

        private int entry = -1;

        @Override
        public boolean next() {
            entry++;
            return entry < 150;
        }

        @Override
        public int table() {
            return entry < 100 ? 3 : 9;
        }

        @Override
        public long height() {
            return entry < 100 ? 1_000 + entry : entry / 2 * 2;
        }

        @Override
        public long position() {
            return SEGMENT + 4096 + 16L * (entry < 100 ? 99 - entry : entry);
        }
    }

    private void restore(String name) throws IOException {
        try (StorageFile file = disk.create(name)) {
            file.write(MemorySegment.ofArray(golden(name)), 0);
        }
    }

    @Test
    void shouldReadTheRunOfVersion1() throws IOException {
        restore(RANGE.runName());
        try (Run run = files.open(RANGE)) {
            RunModelTest.check(run, twin(), new Random(1), "golden");
            assertTrue(run.hasFilter());
            run.verify();
        }
    }

    @Test
    void shouldReadTheHeightsOfVersion1() throws IOException {
        RunRange range = new RunRange(RANGE.start(), 2 * SEGMENT);
        restore(range.heightsName());
        try (HeightsFile heights = files.openHeights(range)) {
            heights.verify();
            Heights expected = new Heights();
            while (expected.next()) {
                long bound = expected.position() + 1;
                assertEquals(
                        expected.position(),
                        heights.find(expected.table(), expected.height(), bound));
            }
            assertEquals(1_099, heights.last(3, Long.MAX_VALUE));
            assertEquals(102, heights.next(9, 101, Long.MAX_VALUE));
        }
    }

    @Test
    void shouldWriteTheFilesOfVersion1() throws IOException {
        RunRange range = new RunRange(RANGE.start(), 2 * SEGMENT);
        twin().write(files);
        files.writeHeights(range, SEGMENT, Heights::new);
        for (String name : new String[] {RANGE.runName(), range.heightsName()}) {
            assertArrayEquals(golden(name), TwinRun.contents(disk, name), name);
        }
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GoldenIndexTest.class.getResourceAsStream(FOLDER + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }
}
