package dev.varve.engine.exec;

import java.util.function.IntFunction;

/**
 * The first block of speculation since the classes were loaded, and it touches a key at the stack's
 * end; then another one. To be loaded anew each time, and called on a thread with a small stack.
 */
final class FirstBlock implements IntFunction<String> {

    private static final byte[] KEY = {1};
    private static final int COUNT = 3;

    /** Takes the frames above the touch; returns what is wrong, or nothing. */
    @Override
    public String apply(int framesAbove) {
        int[] left = {framesAbove};
        try (BlockExecutor executor =
                BlockExecutor.builder().mode(ExecutorMode.SPECULATIVE).build()) {
            try {
                execute(executor, (index, view) -> index == 0 ? touch(view, left) : 0L);
            } catch (StackOverflowError e) {
                // from below a call of the view
            }
            try {
                execute(executor, (index, view) -> view.get(KEY) == null ? 1L : 0L);
                return "";
            } catch (Error e) {
                return framesAbove + " frames above: " + e;
            }
        }
    }

    private static void execute(BlockExecutor executor, TxProgram<Long> program) {
        executor.execute(key -> null, COUNT, program);
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long touch(TxView view, int[] framesAbove) {
        try {
            return 1 + touch(view, framesAbove);
        } catch (StackOverflowError e) {
            if (framesAbove[0]-- != 0) {
                throw e;
            }
            view.get(KEY);
            return 0;
        }
    }
}
