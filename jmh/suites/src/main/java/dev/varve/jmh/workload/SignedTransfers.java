package dev.varve.jmh.workload;

import dev.varve.sync.ethereum.TransferSigner;
import java.math.BigInteger;
import java.util.Arrays;

/** Envelopes of transfers, each signed by another sender; the same for the same seed. */
final class SignedTransfers {

    /** How many there are; a power of two. */
    static final int COUNT = 64;

    private static final BigInteger CHAIN = BigInteger.ONE;
    private static final BigInteger GAS_PRICE = BigInteger.valueOf(20_000_000_000L);
    private static final int ADDRESS_LENGTH = 20;
    private static final int VALUE_BITS = 70;

    private final byte[][] envelopes = new byte[COUNT][];

    SignedTransfers(long seed) {
        TransferSigner signer = new TransferSigner(CHAIN);
        for (int i = 0; i < COUNT; i++) {
            byte[] to = new byte[ADDRESS_LENGTH];
            Arrays.fill(to, (byte) Mix.at(seed, i));
            BigInteger value = BigInteger.ONE.shiftLeft(VALUE_BITS).add(BigInteger.valueOf(i));
            BigInteger key = BigInteger.valueOf(1 + (Mix.at(~seed, i) >>> 1));
            envelopes[i] = signer.sign(i, GAS_PRICE, to, value, key);
        }
    }

    /** One of them; not to be changed. */
    byte[] envelope(long index) {
        return envelopes[(int) index & (COUNT - 1)];
    }
}
