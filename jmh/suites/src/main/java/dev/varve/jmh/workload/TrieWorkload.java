package dev.varve.jmh.workload;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a block does to the state: four values of a trie change, then the root is asked for. One
 * block is one operation.
 */
final class TrieWorkload implements Workload {

    private static final int CHANGES = 4;
    private static final int VALUE_LENGTH = 70;

    private final Site site;
    private final byte[][] keys;
    private final MerkleTrie trie = new MerkleTrie();
    private long block;

    TrieWorkload(Site site) {
        this.site = site;
        Keccak256 keccak = new Keccak256();
        Records records = new Records(site.seed());
        keys = new byte[(int) Math.min(site.records(), 1 << 20)][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = keccak.hash(records.key(i).toArray(ValueLayout.JAVA_BYTE));
            trie.put(keys[i], value(i));
        }
        trie.rootHash();
    }

    private byte[] value(long index) {
        byte[] value = new byte[VALUE_LENGTH];
        Mix.fill(MemorySegment.ofArray(value), site.seed() + 1, index);
        return value;
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            for (int change = 0; change < CHANGES; change++) {
                long index = CHANGES * block + change;
                trie.put(keys[(int) Mix.below(site.seed(), index, keys.length)], value(index));
            }
            block++;
            sum += trie.rootHash()[0];
        }
        return sum;
    }
}
