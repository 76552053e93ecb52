package dev.varve.sync.ethereum.crypto;

import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * Keccak-256 as Ethereum uses it: the padding of the original submission, not that of SHA-3.
 *
 * <p>Holds one sponge state and reuses it, so that hashing into a given array allocates nothing.
 * Used by one thread at a time; every instance is ready for the next input after each call.
 */
public final class Keccak256 {

    /** Length of a hash in bytes. */
    public static final int LENGTH = 32;

    private final KeccakDigest digest = new KeccakDigest(LENGTH * Byte.SIZE);

    /** A sponge ready for its first input. */
    public Keccak256() {}

    /** Hashes {@code length} bytes of {@code in} into the 32 bytes of {@code out} at outOffset. */
    public void hash(byte[] in, int offset, int length, byte[] out, int outOffset) {
        digest.update(in, offset, length);
        digest.doFinal(out, outOffset);
    }

    /** Returns the hash of the whole array in a new array. */
    public byte[] hash(byte[] in) {
        byte[] out = new byte[LENGTH];
        hash(in, 0, in.length, out, 0);
        return out;
    }
}
