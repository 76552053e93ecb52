package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes a {@link ScriptBlock} of a seed: the same seed, the same block. */
final class BlockGenerator {

    private static final int[] UNIVERSES = {1, 2, 3, 5, 10, 30, 100, 1000, 10_000};
    private static final ScriptOp.Kind[] KINDS = ScriptOp.Kind.values();

    private final SplittableRandom random;
    private final int maxTransactions;

    BlockGenerator(long seed, int maxTransactions) {
        this.random = new SplittableRandom(seed);
        this.maxTransactions = maxTransactions;
    }

    ScriptBlock next() {
        // Large universes are dear to set up and collide little: they come seldom.
        int most = random.nextInt(50) == 0 ? UNIVERSES.length : UNIVERSES.length - 2;
        int universe = UNIVERSES[random.nextInt(most)];
        boolean addsMuch = random.nextInt(3) == 0;
        int count = random.nextInt(maxTransactions + 1);
        List<List<ScriptOp>> transactions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            transactions.add(script(universe, addsMuch));
        }
        return new ScriptBlock(
                universe, transactions, ScriptBlock.keysOf(universe, random), base(universe));
    }

    private List<ScriptOp> script(int universe, boolean addsMuch) {
        int length = random.nextInt(30) == 0 ? random.nextInt(40) : random.nextInt(6);
        List<ScriptOp> script = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            ScriptOp.Kind kind = KINDS[random.nextInt(KINDS.length)];
            if (addsMuch && random.nextInt(3) > 0) {
                kind = random.nextBoolean() ? ScriptOp.Kind.ADD : ScriptOp.Kind.ADD_CAUGHT;
            }
            script.add(op(kind, random.nextInt(universe)));
        }
        return script;
    }

    private ScriptOp op(ScriptOp.Kind kind, int key) {
        boolean isAddition = kind == ScriptOp.Kind.ADD || kind == ScriptOp.Kind.ADD_CAUGHT;
        if (!isAddition) {
            return new ScriptOp(kind, key, random.nextLong(), 0, 0);
        }
        return switch (random.nextInt(4)) {
            case 0 -> new ScriptOp(kind, key, random.nextInt(-20, 21), 0, 100);
            case 1 -> new ScriptOp(kind, key, random.nextInt(0, 21), 0, Long.MAX_VALUE);
            case 2 ->
                    new ScriptOp(
                            kind,
                            key,
                            random.nextLong(),
                            Long.MIN_VALUE,
                            random.nextBoolean() ? Long.MAX_VALUE : random.nextLong() >>> 1);
            default -> new ScriptOp(kind, key, random.nextInt(-3, 4), -5, 5);
        };
    }

    private byte[] @Nullable [] base(int universe) {
        byte[] @Nullable [] base = new byte @Nullable [universe][];
        for (int k = 0; k < universe; k++) {
            switch (random.nextInt(6)) {
                case 0 -> base[k] = null;
                case 1 -> {
                    base[k] = new byte[random.nextInt(10)];
                    random.nextBytes(base[k]);
                }
                default -> base[k] = ScriptBlock.number(random.nextInt(100));
            }
        }
        return base;
    }
}
