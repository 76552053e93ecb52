package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The arithmetic of counters: 8 little-endian bytes, where an absent key counts as zero. */
final class Counters {

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Counters() {}

    static boolean isCounter(byte[] value) {
        return Cell.isAbsent(value) || value.length == Long.BYTES;
    }

    static long decode(byte[] value) {
        return Cell.isAbsent(value) ? 0 : (long) LONG.get(value, 0);
    }

    static byte[] encode(long number) {
        byte[] value = new byte[Long.BYTES];
        LONG.set(value, 0, number);
        return value;
    }

    /** The value after an addition, checked as {@link TxView#add} says. */
    static byte[] plus(byte[] value, long delta, long min, long max) {
        if (!isCounter(value)) {
            throw new NotACounterException(value.length);
        }
        long number = decode(value);
        long sum = number + delta;
        if (overflowed(number, delta, sum) || sum < min || sum > max) {
            throw new BoundExceededException(number, delta, min, max);
        }
        return encode(sum);
    }

    /** a - b, held at the ends of the range of a long. */
    static long minusSaturated(long a, long b) {
        long difference = a - b;
        return ((a ^ b) & (a ^ difference)) < 0 ? endTowards(a) : difference;
    }

    /** a + b, held at the ends of the range of a long. */
    static long plusSaturated(long a, long b) {
        long sum = a + b;
        return overflowed(a, b, sum) ? endTowards(a) : sum;
    }

    static boolean overflowed(long a, long b, long sum) {
        return ((a ^ sum) & (b ^ sum)) < 0;
    }

    private static long endTowards(long sign) {
        return sign < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
