package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * Small blocks in every mode, executed before an executor is handed out. A class whose
 * initialisation fails for want of stack is of no use for the rest of the process: so all that
 * {@code execute} needs is initialised, and its call sites are linked, where there is stack, and
 * not below a program or a caller that may have used nearly all of it.
 *
 * <p>On the calling thread alone; what it makes is garbage at once.
 */
final class TrialBlocks {

    private static final byte[] SHARED = {1};
    private static final byte[] COUNTED = {2};
    private static final byte[] UNDECLARED = {3};
    private static final int COUNT = 8;

    private static final AccessHints HINTS =
            new AccessHints() {
                @Override
                public Precision precision() {
                    return Precision.EXACT;
                }

                @Override
                public void declare(int index, KeySink sink) {
                    if (index == COUNT - 1) {
                        sink.read(COUNTED);
                    } else {
                        sink.add(COUNTED, 0, 1);
                    }
                    sink.write(SHARED);
                }
            };

    private TrialBlocks() {}

    static void execute() {
        for (ExecutorMode mode : ExecutorMode.values()) {
            try (BlockExecutor executor = new BlockExecutor(settings(mode), 1)) {
                execute(executor);
            }
        }
    }

    private static void execute(BlockExecutor executor) {
        BlockInput<Long> block = block(TrialBlocks::touch, (index, result, failure) -> {});
        executor.execute(block, block).batch().forEach((key, value) -> {});
        executor.execute(block, null);
        try {
            executor.execute(block((index, view) -> touch(view, UNDECLARED), null), null);
        } catch (UndeclaredAccessException e) {
            // as it must
        }
        CommitListener<Long> throwing =
                (index, result, failure) -> {
                    throw new IllegalStateException("a listener that throws");
                };
        try {
            executor.execute(block(TrialBlocks::touch, throwing), null);
        } catch (CommitListenerException e) {
            // as it must
        }
    }

    private static BlockInput<Long> block(
            TxProgram<Long> program, @Nullable CommitListener<Long> listener) {
        return new BlockInput<>(key -> null, COUNT, program, HINTS, listener);
    }

    private static Long touch(int index, TxView view) {
        if (index == COUNT - 1) {
            byte[] counted = view.get(COUNTED);
            return counted == null ? 0 : Counters.decode(counted);
        }
        view.add(COUNTED, 1, 0, index);
        long sum = touch(view, SHARED);
        if (index == COUNT - 2) {
            view.delete(SHARED);
            throw new IllegalStateException("a transaction that fails");
        }
        return sum;
    }

    private static long touch(TxView view, byte[] key) {
        byte[] value = view.get(key);
        long next = value == null ? 1 : Counters.decode(value) + 1;
        view.put(key, Counters.encode(next));
        return next;
    }

    private static Settings settings(ExecutorMode mode) {
        return new Settings(
                mode,
                2,
                task -> null,
                1,
                1,
                StatisticsLevel.DEPENDENCIES,
                KeyClassifier.NONE,
                0,
                -1,
                Interference.NONE);
    }
}
