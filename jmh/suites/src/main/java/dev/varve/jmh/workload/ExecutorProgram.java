package dev.varve.jmh.workload;

import dev.varve.engine.exec.AccessHints;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockInput;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.sync.ethereum.replay.BlockProgram;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A block executor in one mode, with the block that it executes again and again. ORDERED_LOCKS is
 * told all keys, the other modes none. For one thread, which closes it.
 */
public final class ExecutorProgram implements AutoCloseable {

    private final BlockProgram<Void> block;
    private final @Nullable AccessHints hints;
    private final BlockInput<Void> whole;

    /** The last one that was shorter. */
    private BlockInput<Void> part;

    private final BlockExecutor executor;

    /** Starts the threads of the executor beside the calling one. */
    public ExecutorProgram(ExecutorMode mode, int threads, BlockProgram<Void> block) {
        this.block = block;
        hints = mode == ExecutorMode.ORDERED_LOCKS ? block : null;
        whole = new BlockInput<>(block, block.count(), block, hints, null);
        part = whole;
        AtomicInteger next = new AtomicInteger();
        executor =
                BlockExecutor.builder()
                        .mode(mode)
                        .threads(threads, task -> daemon(task, next.incrementAndGet()))
                        .build();
    }

    private static Thread daemon(Runnable task, int number) {
        Thread thread = new Thread(task, "varve-exec-" + number);
        thread.setDaemon(true);
        return thread;
    }

    /** Executes the first transactions of the block, as many as it has at most. */
    public BlockOutcome<Void> execute(int count) {
        return executor.execute(first(count), null);
    }

    /**
     * The same as one of many.
     *
     * @param next as many of the block as the next call executes
     */
    public BlockOutcome<Void> executeAnnouncing(int count, int next) {
        return executor.execute(first(count), first(next));
    }

    /** The same object for the same number in the next call, as an announcement asks for. */
    private BlockInput<Void> first(int count) {
        if (count == whole.count()) {
            return whole;
        }
        if (count != part.count()) {
            part = new BlockInput<>(block, count, block, hints, null);
        }
        return part;
    }

    /** How many nanoseconds the whole block takes. */
    public long timeNs() {
        long from = System.nanoTime();
        execute(block.count());
        return System.nanoTime() - from;
    }

    @Override
    public void close() {
        executor.close();
    }
}
