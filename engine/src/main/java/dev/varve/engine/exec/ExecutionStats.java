package dev.varve.engine.exec;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the execution of a block cost.
 *
 * @param mode the mode that was used; never {@link ExecutorMode#ADAPTIVE}
 * @param transactions number of transactions
 * @param failed transactions that failed
 * @param threads threads that took part
 * @param executions runs of the program; above {@code transactions} by those thrown away
 * @param invalidated runs thrown away because something they had read changed
 * @param abandoned runs given up on the way, because they needed what was being redone, or what an
 *     earlier transaction was about to write
 * @param inSlot transactions whose valid run began when all earlier ones were final
 * @param waits how often a thread found nothing to do and waited
 * @param waitedNs time of all threads in those waits
 * @param wallNs time of the block
 * @param invalidatedByKind runs thrown away, by the kind of the key that had changed
 * @param dependencies what depends on what, if {@link StatisticsLevel} asks for it
 */
public record ExecutionStats(
        ExecutorMode mode,
        int transactions,
        int failed,
        int threads,
        long executions,
        long invalidated,
        long abandoned,
        long inSlot,
        long waits,
        long waitedNs,
        long wallNs,
        Map<String, Long> invalidatedByKind,
        @Nullable DependencyStats dependencies) {

    /** Runs beyond the first of each transaction. */
    public long reExecutions() {
        return executions - transactions;
    }

    /** Share of the threads' time that was not spent waiting, from 0 to 1. */
    public double utilisation() {
        double total = (double) wallNs * threads;
        return total <= 0 ? 1 : Math.clamp(1 - waitedNs / total, 0.0, 1.0);
    }
}
