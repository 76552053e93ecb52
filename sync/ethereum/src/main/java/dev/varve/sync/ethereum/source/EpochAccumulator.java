package dev.varve.sync.ethereum.source;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The hash tree root of a list of up to 8,192 pairs of block hash and total difficulty. The tree is
 * as high as the longest list needs; missing leaves are zero, and the count is mixed into the root.
 */
final class EpochAccumulator {

    private static final int HASH = 32;

    private final MessageDigest sha256;
    private final byte[] leaves = new byte[Era1File.MAX_BLOCKS * HASH];
    private int count;

    EpochAccumulator() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Adds a block; the total difficulty is little-endian, in 32 bytes. */
    void add(byte[] blockHash, byte[] totalDifficulty) {
        sha256.update(blockHash);
        sha256.update(totalDifficulty);
        System.arraycopy(sha256.digest(), 0, leaves, count++ * HASH, HASH);
    }

    byte[] root() {
        byte[] level = leaves.clone();
        for (int width = Era1File.MAX_BLOCKS; width > 1; width /= 2) {
            for (int i = 0; i < width / 2; i++) {
                sha256.update(level, 2 * i * HASH, 2 * HASH);
                System.arraycopy(sha256.digest(), 0, level, i * HASH, HASH);
            }
        }
        byte[] length = new byte[HASH];
        length[0] = (byte) count;
        length[1] = (byte) (count >>> Byte.SIZE);
        sha256.update(Arrays.copyOf(level, HASH));
        return sha256.digest(length);
    }
}
