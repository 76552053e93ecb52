package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Hashes keys to 64 bits under a seed, so that whoever chooses keys cannot choose where they land.
 * A hash only says where to look: keys are always compared whole.
 *
 * <p>The mixing step is the folded 128-bit product of wyhash (Wang Yi). Immutable.
 */
final class Keys {

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long P0 = 0xa0761d6478bd642fL;
    private static final long P1 = 0xe7037ed1a0b428dbL;
    private static final int MAX_SHOWN_BYTES = 64;

    private final long seed;
    private final long mask;

    /**
     * @param mask bits of the hash that are kept; all of them but in tests that force collisions
     */
    Keys(long seed, long mask) {
        this.seed = seed;
        this.mask = mask;
    }

    long hash(byte[] key) {
        int length = key.length;
        long h = seed ^ (length * P1);
        int at = 0;
        for (; at <= length - 8; at += 8) {
            h = mix(h ^ (long) LONG.get(key, at), P0);
        }
        if (at <= length - 4) {
            h = mix(h ^ ((int) INT.get(key, at) & 0xffffffffL), P1);
            at += 4;
        }
        for (; at < length; at++) {
            h = mix(h ^ (key[at] & 0xff), P1);
        }
        return mix(h, P1) & mask;
    }

    static String toHex(byte[] key) {
        int shown = Math.min(key.length, MAX_SHOWN_BYTES);
        String hex = HexFormat.of().formatHex(key, 0, shown);
        return shown == key.length ? hex : hex + "... (" + key.length + " bytes)";
    }

    private static long mix(long a, long b) {
        long x = a ^ P0;
        return Math.multiplyHigh(x, b) ^ (x * b);
    }
}
