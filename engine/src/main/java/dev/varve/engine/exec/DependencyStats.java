package dev.varve.engine.exec;

import java.util.Map;

/**
 * How parallel a block is by itself; the same for every mode, thread count and schedule, but for the
 * times.
 *
 * <p>A transaction <em>depends</em> on an earlier one of its block if it reads a key whose value,
 * when all earlier transactions are final, was left there by a transaction of the block. Reading what
 * the transaction has put itself is not a read; a put or a delete alone is not either. A failed
 * transaction reads, but writes nothing. <em>Commuting</em>: an addition is not a read, though it is
 * a write for later readers. <em>Strict</em>: an addition is a read and a write.
 *
 * @param transactions number of transactions
 * @param dependent transactions that depend on an earlier one, commuting
 * @param dependentStrict the same, strict
 * @param criticalPath longest chain of dependent transactions, commuting
 * @param criticalPathStrict the same, strict
 * @param criticalPathNs longest chain in execution time, commuting; 0 unless times are measured
 * @param executionNs time of all valid executions; 0 unless times are measured
 * @param conflictsByKind reads that made a transaction dependent, by kind of key, commuting
 */
public record DependencyStats(
        int transactions,
        int dependent,
        int dependentStrict,
        int criticalPath,
        int criticalPathStrict,
        long criticalPathNs,
        long executionNs,
        Map<String, Long> conflictsByKind) {

    /** Share of the transactions that depend on no earlier one, commuting; 1 for an empty block. */
    public double parallelShare() {
        return share(dependent);
    }

    /** Share of the transactions that depend on no earlier one, strict; 1 for an empty block. */
    public double parallelShareStrict() {
        return share(dependentStrict);
    }

    private double share(int count) {
        return transactions == 0 ? 1 : 1 - (double) count / transactions;
    }
}
