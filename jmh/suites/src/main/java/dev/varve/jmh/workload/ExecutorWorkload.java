package dev.varve.jmh.workload;

import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.WriteBatch;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.List;

/**
 * Executes blocks of a thousand transfers with one executor or with several in turns; a
 * transaction is an operation.
 */
final class ExecutorWorkload implements Workload {

    private static final int ACCOUNTS = 1_000;

    private final List<ExecutorProgram> executors;
    private final boolean isAnnounced;
    private long blocks;

    ExecutorWorkload(ExecutorProgram... executors) {
        this(List.of(executors), false);
    }

    private ExecutorWorkload(List<ExecutorProgram> executors, boolean isAnnounced) {
        this.executors = executors;
        this.isAnnounced = isAnnounced;
    }

    /** Executes with one executor, and tells it each time that another block follows. */
    static Workload announcing(ExecutorProgram executor) {
        return new ExecutorWorkload(List.of(executor), true);
    }

    /**
     * Every way in which a block can be executed, block by block in turns. Two threads only where
     * the number of executions does not depend on the schedule: with declared keys.
     */
    static Workload everyMode(long seed) {
        SyntheticTransfers block =
                new SyntheticTransfers(ACCOUNTS, ExecutorSpec.BLOCK, Work.NONE, seed);
        return new ExecutorWorkload(
                new ExecutorProgram(ExecutorMode.SEQUENTIAL, 1, block),
                new ExecutorProgram(ExecutorMode.ORDERED_LOCKS, 1, block),
                new ExecutorProgram(ExecutorMode.ORDERED_LOCKS, 2, block),
                new ExecutorProgram(ExecutorMode.SPECULATIVE, 1, block));
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long left = operations; left > 0; left -= ExecutorSpec.BLOCK) {
            int count = (int) Math.min(ExecutorSpec.BLOCK, left);
            ExecutorProgram executor = executors.get((int) (blocks++ % executors.size()));
            int next = (int) Math.min(ExecutorSpec.BLOCK, left - count);
            BlockOutcome<Void> outcome =
                    isAnnounced && next > 0
                            ? executor.executeAnnouncing(count, next)
                            : executor.execute(count);
            sum = 31 * sum + digest(outcome);
        }
        return sum;
    }

    private static int digest(BlockOutcome<Void> outcome) {
        WriteBatch batch = outcome.batch();
        byte[] last = batch.value(batch.size() - 1);
        return batch.size() + (last == null ? 0 : last[0]);
    }

    @Override
    public void close() {
        executors.forEach(ExecutorProgram::close);
    }
}
