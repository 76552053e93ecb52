package dev.varve.engine.exec;

import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The first block since the classes were loaded, and it touches a key at the stack's end; then
 * another one. To be loaded anew each time, and called on a thread with a small stack.
 */
final class FirstBlock implements BiFunction<String, Integer, String> {

    private static final byte[] KEY = {1};
    private static final int COUNT = 3;

    private static final AccessHints HINTS =
            new AccessHints() {
                @Override
                public Precision precision() {
                    return Precision.EXACT;
                }

                @Override
                public void declare(int index, KeySink sink) {
                    sink.write(KEY);
                }
            };

    /** Takes the mode and the frames above the touch; returns what is wrong, or nothing. */
    @Override
    public String apply(String mode, Integer framesAbove) {
        int[] left = {framesAbove};
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.valueOf(mode))
                        .threads(2, Setup.DAEMONS)
                        .build()) {
            try {
                execute(executor, (index, view) -> index == 0 ? deep(view, left) : 0L);
            } catch (StackOverflowError e) {
                // from below a call of the view
            }
            Throwable failure = execute(executor, FirstBlock::touch);
            return failure == null ? "" : framesAbove + " frames above: " + failure;
        }
    }

    private static @Nullable Throwable execute(BlockExecutor executor, TxProgram<Long> program) {
        return executor.execute(key -> null, COUNT, program, HINTS, null).failure(0);
    }

    private static Long touch(int index, TxView view) {
        byte[] value = view.get(KEY);
        long number = value == null ? index : Counters.decode(value);
        view.put(KEY, Counters.encode(number));
        return number;
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long deep(TxView view, int[] framesAbove) {
        try {
            return 1 + deep(view, framesAbove);
        } catch (StackOverflowError e) {
            if (framesAbove[0]-- != 0) {
                throw e;
            }
            return touch(0, view);
        }
    }
}
