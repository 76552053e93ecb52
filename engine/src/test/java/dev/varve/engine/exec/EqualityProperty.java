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

    EqualityProperty(List<Setup> setups) {
        this.setups = setups;
    }

    /** Checks the block of a seed in some setups; returns how many executions were compared. */
    int check(long seed, int setupsPerBlock) {
        SplittableRandom random = new SplittableRandom(~seed);
        int most = random.nextInt(200) == 0 ? LARGE_BLOCK : MAX_TRANSACTIONS;
        ScriptBlock block = new BlockGenerator(seed, most).next();
        BlockRecord expected = run(reference, block, block, null);
        for (int i = 0; i < setupsPerBlock; i++) {
            Setup setup = setups.get(random.nextInt(setups.size()));
            String difference = difference(setup, block, seed, expected);
            if (difference != null) {
                throw new AssertionError(report(setup, block, seed, difference));
            }
        }
        return setupsPerBlock;
    }

    @Override
    public void close() {
        reference.close();
        setups.forEach(Setup::close);
    }

    @Nullable String difference(Setup setup, ScriptBlock block, long seed, BlockRecord expected) {
        TxProgram<Long> program = block;
        if (setup.mode() == ExecutorMode.SPECULATIVE) {
            ScriptBlock others = new BlockGenerator(seed, MAX_TRANSACTIONS).next();
            program = setup.disturbance().spoil(block, others);
        }
        AccessHints hints = hints(setup, block, seed);
        return expected.difference(run(setup.executor(), block, program, hints));
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
        if (setup.mode() == ExecutorMode.ORDERED_LOCKS) {
            return new ScriptHints(block, AccessHints.Precision.EXACT, seed);
        }
        boolean isSpoiled = !setup.disturbance().toString().equals("none");
        return switch ((int) Math.floorMod(seed, 4L)) {
            case 0 -> new ScriptHints(block, AccessHints.Precision.HINT, seed);
            case 1 ->
                    isSpoiled
                            ? null
                            : new ScriptHints(block, AccessHints.Precision.EXACT, seed);
            default -> null;
        };
    }

    private String report(Setup setup, ScriptBlock block, long seed, String difference) {
        ScriptBlock smallest =
                ScriptShrinker.shrink(block, candidate -> fails(setup, candidate, seed));
        StringBuilder text = new StringBuilder(difference);
        text.append("\nseed ").append(seed).append(", ").append(setup.name());
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
