package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A few longs, each on cache lines of its own: neighbours are 128 bytes apart, which also covers the
 * pairs of lines that processors fetch together.
 *
 * <p>Memory ordering: {@code setRelease} releases; {@code get}, {@code setVolatile} and
 * {@code compareAndSet} are sequentially consistent.
 */
final class PaddedWords {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STRIDE_SHIFT = 4;

    private final long[] words;

    PaddedWords(int count) {
        words = new long[(count + 2) << STRIDE_SHIFT];
    }

    long get(int i) {
        return (long) WORD.getVolatile(words, at(i));
    }

    void setRelease(int i, long value) {
        WORD.setRelease(words, at(i), value);
    }

    void setVolatile(int i, long value) {
        WORD.setVolatile(words, at(i), value);
    }

    boolean compareAndSet(int i, long expected, long value) {
        return WORD.compareAndSet(words, at(i), expected, value);
    }

    long getAndAdd(int i, long amount) {
        return (long) WORD.getAndAdd(words, at(i), amount);
    }

    private static int at(int i) {
        return (i + 1) << STRIDE_SHIFT;
    }
}
