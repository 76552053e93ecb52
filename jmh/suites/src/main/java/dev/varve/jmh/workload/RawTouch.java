package dev.varve.jmh.workload;

import dev.varve.bloom.BloomGeometry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The physical limit of a filter: one random cache line read for each id, from plain memory as long
 * as the filter's. The lines do not depend on each other, so the processor fetches many at a time.
 */
final class RawTouch implements Workload {

    private static final int LINE = 64;

    /** First all addresses, then all lines: in the shortest loop the most are fetched at a time. */
    private static final int BATCH = 256;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory;
    private final long seed;
    private final long lines;
    private final long ids;
    private final long[] offsets = new long[BATCH];
    private long done;

    RawTouch(Site site) {
        BloomGeometry geometry = FilterWorkload.geometry(site.records());
        memory = arena.allocate(geometry.totalLength(), LINE);
        memory.fill((byte) 1);
        seed = site.seed();
        lines = geometry.totalLength() / LINE;
        ids = geometry.expectedIds();
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long left = operations; left > 0; left -= BATCH) {
            int count = (int) Math.min(BATCH, left);
            for (int i = 0; i < count; i++) {
                offsets[i] = Mix.below(seed, done, lines) * LINE;
                done = done + 1 == ids ? 0 : done + 1;
            }
            for (int i = 0; i < count; i++) {
                sum += memory.get(Mix.LONG, offsets[i]);
            }
        }
        return sum;
    }

    @Override
    public void close() {
        arena.close();
    }
}
