package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A lookup in pages that are there allocates nothing, whichever way the pages are read. */
final class RunAllocationTest {

    private static final int LOOKUPS = 100_000;

    /** What the JVM itself may allocate meanwhile, far less than a byte for each lookup. */
    private static final long NOISE = 10_000;

    @Test
    void shouldAllocateNothingForALookup() {
        SimDisk disk = new SimDisk();
        try (PageCache cache = new PageCache(1 << 20)) {
            List<RunFiles> accesses =
                    List.of(MappedRuns.files(disk, 1, 2), RunFiles.cached(disk, 1, 2, cache));
            TwinRun twin = TwinRun.ofSegment(1L << 28);
            twin.addRandom(new Random(5), 5_000, (random, i) -> random.nextLong());
            twin.write(accesses.getFirst());
            long[] hashes = twin.sorted().stream().mapToLong(TwinRun.Entry::hash).toArray();
            for (RunFiles files : accesses) {
                try (Run run = files.open(twin.range())) {
                    lookups(run, hashes);
                    long allocated = allocatedBy(() -> lookups(run, hashes));
                    assertTrue(allocated < NOISE, "allocated " + allocated);
                }
            }
        }
    }

    private static void lookups(Run run, long[] hashes) {
        long found = 0;
        for (int i = 0; i < LOOKUPS; i++) {
            long hash = hashes[i % hashes.length];
            found += run.find(hash, Long.MAX_VALUE) >>> 63;
            found += run.find(hash, (1L << 28) + 16L * i) >>> 63;
            found += run.find(~hash, Long.MAX_VALUE) >>> 63;
        }
        assertTrue(found > 0, "some are absent");
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
