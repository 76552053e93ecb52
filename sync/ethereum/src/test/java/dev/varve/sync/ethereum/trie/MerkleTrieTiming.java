package dev.varve.sync.ethereum.trie;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Random;

/**
 * How long a bare trie takes for the changes of blocks, beside the hashing that nothing can spare
 * it. No test: {@code java -cp ... dev.varve.sync.ethereum.trie.MerkleTrieTiming [rounds]}.
 *
 * <p>The trie has the 9,000 hashed keys and 70-byte values of an early state; a block changes 2 to
 * 6 of the values and adds a key now and then. "Keccak" is the time of the same number of
 * permutations in inputs of the same lengths, measured on their own in the same round.
 */
final class MerkleTrieTiming {

    private static final int ACCOUNTS = 9_000;
    private static final int BLOCKS = 16_384;
    private static final int KECCAK_RATE = 136;

    private final Keccak256 keccak = new Keccak256();
    private final byte[] value = new byte[70];
    private int accounts = ACCOUNTS;
    private long nodes;
    private long permutations;

    private MerkleTrieTiming() {}

    public static void main(String[] arguments) {
        int rounds = arguments.length == 0 ? 8 : Integer.parseInt(arguments[0]);
        for (int round = 0; round < rounds; round++) {
            new MerkleTrieTiming().round();
        }
    }

    private void round() {
        MerkleTrie bare = filled();
        long bareNs = blocks(bare, () -> {});
        accounts = ACCOUNTS;
        MerkleTrie collected = filled();
        collected.collectDirty(counting());
        nodes = 0;
        permutations = 0;
        long collectNs = blocks(collected, () -> collected.collectDirty(counting()));
        long keccakNs = permutationsAlone();
        System.out.printf(
                Locale.ROOT,
                "bare %.3f s, with collecting %.3f s; per block %.2f us, %.1f nodes, %.1f"
                        + " permutations; Keccak alone %.3f s, %.0f ns each: %.0f %% of bare%n",
                bareNs / 1e9, collectNs / 1e9, bareNs / 1e3 / BLOCKS, (double) nodes / BLOCKS,
                (double) permutations / BLOCKS, keccakNs / 1e9,
                (double) keccakNs / permutations, 100.0 * keccakNs / bareNs);
    }

    private MerkleTrie filled() {
        MerkleTrie trie = new MerkleTrie();
        for (int i = 0; i < ACCOUNTS; i++) {
            put(trie, i, -1);
        }
        trie.rootHash();
        return trie;
    }

    private long blocks(MerkleTrie trie, Runnable afterBlock) {
        Random random = new Random(1);
        byte[][] keys = new byte[2 * ACCOUNTS][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = key(i);
        }
        long start = System.nanoTime();
        int check = 0;
        for (int block = 0; block < BLOCKS; block++) {
            for (int changes = 2 + random.nextInt(5); changes > 0; changes--) {
                ByteBuffer.wrap(value).putInt(block);
                trie.put(keys[random.nextInt(accounts)], value);
            }
            if (block % 8 == 0 && accounts < keys.length) {
                trie.put(keys[accounts++], value);
            }
            check += trie.rootHash()[0];
            afterBlock.run();
        }
        long elapsed = System.nanoTime() - start;
        if (check == Integer.MIN_VALUE) {
            System.out.println();
        }
        return elapsed;
    }

    private void put(MerkleTrie trie, int account, int block) {
        ByteBuffer.wrap(value).putInt(block).putInt(account);
        trie.put(key(account), value);
    }

    private NodeSink counting() {
        return new NodeSink() {
            @Override
            public void put(byte[] pathKey, byte[] nodeRlp) {
                nodes++;
                permutations += nodeRlp.length / KECCAK_RATE + 1;
            }

            @Override
            public void delete(byte[] pathKey) {}
        };
    }

    /** Half of the permutations are those of branches with four, the others stand alone. */
    private long permutationsAlone() {
        byte[] branch = new byte[532];
        byte[] leaf = new byte[110];
        long start = System.nanoTime();
        for (long left = permutations; left > 0; left -= 8) {
            keccak.hash(branch, 0, branch.length, branch, 0);
            for (int i = 0; i < 4; i++) {
                keccak.hash(leaf, 0, leaf.length, leaf, 0);
            }
        }
        return System.nanoTime() - start;
    }

    private byte[] key(int account) {
        return keccak.hash(ByteBuffer.allocate(4).putInt(account).array());
    }
}
