package dev.varve.engine.exec;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The property that every mode, thread count, stripe count and schedule gives what the sequential
 * mode gives. A difference is shrunk and reported with the seed that makes the block again.
 */
final class EqualityProperty implements AutoCloseable {

    private static final int SHRINK_ATTEMPTS = 60;
    private static final int MAX_TRANSACTIONS = 24;
    private static final int LARGE_BLOCK = 400;

    private final BlockExecutor reference =
            BlockExecutor.builder()
                    .mode(ExecutorMode.SEQUENTIAL)
                    .statistics(StatisticsLevel.DEPENDENCIES, KeyClassifier.NONE)
                    .build();
    private final List<Setup> setups;
    private final Coverage coverage;

    /** Notes what was executed together. */
    EqualityProperty(List<Setup> setups, Coverage coverage) {
        this.setups = setups;
        this.coverage = coverage;
    }

    /** Checks the block of a seed in one of the setups. */
    void check(long seed) {
        SplittableRandom random = new SplittableRandom(~seed);
        int most = random.nextInt(200) == 0 ? LARGE_BLOCK : MAX_TRANSACTIONS;
        ScriptBlock block = new BlockGenerator(seed, most).next();
        BlockRecord expected = run(reference, block, block, null);
        Setup setup = setups.get(random.nextInt(setups.size()));
        String difference = difference(setup, block, seed, expected);
        if (difference != null) {
            throw new AssertionError(report(setup, block, seed, difference));
        }
    }

    @Override
    public void close() {
        reference.close();
        setups.forEach(Setup::close);
    }

    @Nullable String difference(Setup setup, ScriptBlock block, long seed, BlockRecord expected) {
        AccessHints hints = hints(setup, block, seed);
        boolean isExact = hints != null && hints.precision() == AccessHints.Precision.EXACT;
        ScriptBlock others = new BlockGenerator(seed, MAX_TRANSACTIONS).next();
        TxProgram<Long> program = setup.spoil(block, isExact, others);
        BlockRecord actual = run(setup.executor(), block, program, hints);
        coverage.add(setup.choice(), hints == null ? null : hints.precision(), actual.mode());
        return expected.difference(actual);
    }

    private static BlockRecord run(
            BlockExecutor executor,
            ScriptBlock block,
            TxProgram<Long> program,
            @Nullable AccessHints hints) {
        return BlockRecord.of(executor, block, block.count(), program, hints);
    }

    /** The hints with which a setup executes the block of a seed. */
    static @Nullable AccessHints hints(Setup setup, ScriptBlock block, long seed) {
        int kind = (int) Math.floorMod(seed, 4L);
        if (kind == 0) {
            return new ScriptHints(block, AccessHints.Precision.HINT, seed);
        }
        return kind == 1 || setup.mode() == ExecutorMode.ORDERED_LOCKS
                ? new ScriptHints(block, AccessHints.Precision.EXACT, seed)
                : null;
    }

    private String report(Setup setup, ScriptBlock block, long seed, String difference) {
        ScriptBlock smallest =
                ScriptShrinker.shrink(block, candidate -> fails(setup, candidate, seed));
        StringBuilder text = new StringBuilder(difference);
        text.append("\nseed ").append(seed).append(", ").append(setup.choice());
        text.append("\nshrunk to universe ").append(smallest.universe);
        for (int i = 0; i < smallest.count(); i++) {
            text.append("\n  ").append(i).append(": ").append(smallest.transactions.get(i));
        }
        return text.toString();
    }

    private boolean fails(Setup setup, ScriptBlock candidate, long seed) {
        BlockRecord expected = run(reference, candidate, candidate, null);
        for (int i = 0; i < SHRINK_ATTEMPTS; i++) {
            try {
                if (difference(setup, candidate, seed, expected) != null) {
                    return true;
                }
            } catch (RuntimeException | Error e) {
                return true;
            }
        }
        return false;
    }
}
