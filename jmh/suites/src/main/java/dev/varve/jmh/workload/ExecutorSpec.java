package dev.varve.jmh.workload;

import dev.varve.engine.exec.ExecutorMode;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.Locale;

/**
 * Blocks of transfers and how they are executed, as the name of a program says it: {@code
 * executor:MODE:THREADS:ACCOUNTS:ROUNDS}. The mode "independent" is that of the physical
 * limit: so many threads, each with a sequential executor and accounts of its own.
 *
 * @param mode a mode of the executor; SEQUENTIAL for independent threads
 * @param isIndependent whether the threads have nothing in common
 * @param accounts between which a block transfers
 * @param rounds work of a transaction, about a nanosecond each
 */
record ExecutorSpec(
        ExecutorMode mode, boolean isIndependent, int threads, int accounts, long rounds) {

    static final String PREFIX = "executor:";

    /** Transactions of a block. */
    static final int BLOCK = 1_000;

    private static final String INDEPENDENT = "independent";
    private static final int WORDS = 5;

    static ExecutorSpec parse(String name) {
        String[] words = name.split(":", -1);
        if (words.length != WORDS) {
            throw new IllegalArgumentException(
                    "'" + name + "' is not executor:MODE:THREADS:ACCOUNTS:ROUNDS");
        }
        boolean isIndependent = words[1].equals(INDEPENDENT);
        return new ExecutorSpec(
                isIndependent
                        ? ExecutorMode.SEQUENTIAL
                        : ExecutorMode.valueOf(words[1].toUpperCase(Locale.ROOT)),
                isIndependent,
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]));
    }

    Workload open(long seed) {
        if (isIndependent) {
            return new IndependentThreads(this, seed);
        }
        return new ExecutorWorkload(new ExecutorProgram(mode, threads, block(seed)));
    }

    SyntheticTransfers block(long seed) {
        return new SyntheticTransfers(accounts, BLOCK, Work.ofRounds(rounds), seed);
    }
}
