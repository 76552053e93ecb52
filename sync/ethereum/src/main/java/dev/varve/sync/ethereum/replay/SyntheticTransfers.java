package dev.varve.sync.ethereum.replay;

import dev.varve.engine.exec.TxView;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Transfers between random accounts: each transaction reads and writes two 32-byte keys and works
 * between. What it writes depends on all that it reads, so nothing commutes. Immutable.
 */
public final class SyntheticTransfers implements BlockProgram<Void> {

    private static final int KEY_LENGTH = 32;

    private final byte[][] keys;
    private final int[] from;
    private final int[] to;
    private final Work work;
    private final byte[] initial = Numbers.encode(1);

    /**
     * A block that follows from the numbers alone.
     *
     * @param accounts at least 2
     * @param count number of transactions
     */
    public SyntheticTransfers(int accounts, int count, Work work, long seed) {
        if (accounts < 2 || count < 0) {
            throw new IllegalArgumentException(
                    count + " transfers between " + accounts + " accounts, not at least 2");
        }
        this.work = work;
        SplittableRandom random = new SplittableRandom(seed);
        keys = new byte[accounts][KEY_LENGTH];
        for (byte[] key : keys) {
            random.nextBytes(key);
        }
        from = new int[count];
        to = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = random.nextInt(accounts);
            to[i] = (from[i] + 1 + random.nextInt(accounts - 1)) % accounts;
        }
    }

    @Override
    public int count() {
        return from.length;
    }

    @Override
    public byte[] get(byte[] key) {
        return initial;
    }

    @Override
    public @Nullable Void execute(int index, TxView view) {
        byte[] a = keys[from[index]];
        byte[] b = keys[to[index]];
        long x = Numbers.decode(view.get(a));
        long y = Numbers.decode(view.get(b));
        long moved = work.from(x ^ (y << 1) ^ index);
        view.put(a, Numbers.encode(x + moved));
        view.put(b, Numbers.encode(y - moved));
        return null;
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
}
