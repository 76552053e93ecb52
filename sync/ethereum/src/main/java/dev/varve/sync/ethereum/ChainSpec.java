package dev.varve.sync.ethereum;

import java.math.BigInteger;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which rules hold where: the chain id, and the height or time from which each fork is in force.
 * Immutable.
 */
public final class ChainSpec {

    private final BigInteger chainId;
    private final Map<Fork, Long> starts;

    /** A chain whose forks begin at the given heights, or times for those that go by time. */
    public ChainSpec(BigInteger chainId, Map<Fork, Long> starts) {
        this.chainId = chainId;
        this.starts = new EnumMap<>(Fork.class);
        this.starts.putAll(starts);
    }

    public BigInteger chainId() {
        return chainId;
    }

    /** The fork whose rules hold for a block. */
    public Fork fork(BlockHeader header) {
        return header.isDifficultyZero()
                ? forkAfterMerge(header.timestamp())
                : forkBeforeMerge(header.number());
    }

    /** The fork in force at a height while blocks still have a difficulty. */
    public Fork forkBeforeMerge(long height) {
        return latest(Fork.FRONTIER, Fork.Trigger.HEIGHT, height);
    }

    /** The fork in force at a time, in seconds since 1970, once blocks have no difficulty. */
    public Fork forkAfterMerge(long time) {
        return latest(Fork.PARIS, Fork.Trigger.TIME, time);
    }

    /** Whether a fork that goes by height, or time, is in force at the given one. */
    public boolean isActive(Fork fork, long heightOrTime) {
        Long start = starts.get(fork);
        return start != null && start <= heightOrTime;
    }

    /** The rules for a block's transactions. */
    public TransactionRules transactionRules(BlockHeader header) {
        return new TransactionRules(fork(header), chainId);
    }

    private Fork latest(Fork first, Fork.Trigger trigger, long at) {
        Fork latest = first;
        for (Map.Entry<Fork, Long> start : starts.entrySet()) {
            if (start.getKey().trigger() == trigger && start.getValue() <= at) {
                latest = start.getKey();
            }
        }
        return latest;
    }
}
