package dev.varve.jmh.workload;

import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import java.lang.foreign.MemorySegment;

/** Hashes ids of 32 bytes that lie side by side, all 128 bits; one id is one operation. */
final class IdHashWorkload implements Workload {

    private static final int IDS = 1 << 10;

    private final IdHash hash;
    private final MemorySegment ids =
            MemorySegment.ofArray(new byte[IDS * Records.KEY_LENGTH]);
    private long done;

    IdHashWorkload(Site site) {
        hash = IdHash.create(IdHashAlgorithm.FOLDED, site.seed(), ~site.seed());
        Mix.fill(ids, site.seed(), 0);
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            long offset = (done++ & IDS - 1) * Records.KEY_LENGTH;
            sum += hash.high(ids, offset, Records.KEY_LENGTH);
            sum ^= hash.low(ids, offset, Records.KEY_LENGTH);
        }
        return sum;
    }
}
