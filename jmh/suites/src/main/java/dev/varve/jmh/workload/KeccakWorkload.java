package dev.varve.jmh.workload;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.lang.foreign.MemorySegment;

/** Hashes 532 bytes, as long as a full branch of the trie, into a buffer of the caller. */
final class KeccakWorkload implements Workload {

    private static final int BRANCH_LENGTH = 532;

    private final byte[] branch = new byte[BRANCH_LENGTH];
    private final Keccak256 keccak = new Keccak256();

    KeccakWorkload(Site site) {
        Mix.fill(MemorySegment.ofArray(branch), site.seed(), 0);
    }

    /** Each hash goes into what is hashed next, so that none can be left out. */
    @Override
    public long run(long operations) {
        for (long i = 0; i < operations; i++) {
            keccak.hash(branch, 0, BRANCH_LENGTH, branch, 0);
        }
        return branch[0];
    }
}
