package dev.varve.engine.exec;

import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of transfers between random accounts: each transaction reads and writes two 32-byte keys
 * and does a given amount of arithmetic between. What it writes depends on all that it reads, so
 * nothing commutes.
 */
final class Transfers implements TxProgram<Long>, BaseState, AccessHints {

    private final byte[][] keys;
    private final int[] from;
    private final int[] to;
    private final int rounds;
    private final byte[] initial = ScriptBlock.number(1);

    Transfers(int accounts, int count, int rounds, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        keys = new byte[accounts][32];
        for (byte[] key : keys) {
            random.nextBytes(key);
        }
        from = new int[count];
        to = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = random.nextInt(accounts);
            to[i] = (from[i] + 1 + random.nextInt(accounts - 1)) % accounts;
        }
        this.rounds = rounds;
    }

    int count() {
        return from.length;
    }

    /** Executes the block so many times, with all its keys declared. */
    void execute(BlockExecutor executor, int times) {
        for (int i = 0; i < times; i++) {
            executor.execute(this, count(), this, this, null);
        }
    }

    @Override
    public byte[] get(byte[] key) {
        return initial;
    }

    @Override
    public @Nullable Long execute(int index, TxView view) {
        byte[] a = keys[from[index]];
        byte[] b = keys[to[index]];
        long x = number(view, a);
        long y = number(view, b);
        long mixed = work(x ^ (y << 1) ^ index, rounds);
        view.put(a, Counters.encode(x + mixed));
        view.put(b, Counters.encode(y - mixed));
        return null;
    }

    private static long number(TxView view, byte[] key) {
        return Counters.decode(Objects.requireNonNull(view.get(key), "every account has a value"));
    }

    @Override
    public Precision precision() {
        return Precision.EXACT;
    }

    @Override
    public void declare(int index, KeySink sink) {
        sink.write(keys[from[index]]);
        sink.write(keys[to[index]]);
    }

    /** Dependent multiplications, about 1 ns each. */
    static long work(long start, int rounds) {
        long x = start;
        for (int i = 0; i < rounds; i++) {
            x = x * 0x9e3779b97f4a7c15L ^ (x >>> 31);
        }
        return x;
    }
}
