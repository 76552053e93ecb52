package dev.varve.jmh.workload;

import dev.varve.engine.exec.ExecutorMode;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Blocks of transfers and how they are executed, as the name of a program says it: {@code
 * executor:MODE:THREADS:ACCOUNTS:ROUNDS}. The mode "independent" is that of the physical
 * limit: so many threads, each with a sequential executor and accounts of its own. A mode with
 * "+next" behind it is told the next block each time, as a ledger can that replays blocks.
 *
 * @param mode a mode of the executor; SEQUENTIAL for independent threads
 * @param isIndependent whether the threads have nothing in common
 * @param isAnnounced whether each block is announced while the one before is executed
 * @param accounts between which a block transfers
 * @param rounds work of a transaction, about a nanosecond each
 */
record ExecutorSpec(
        ExecutorMode mode,
        boolean isIndependent,
        boolean isAnnounced,
        int threads,
        int accounts,
        long rounds) {

    static final String PREFIX = "executor:";

    /** Transactions of a block. */
    static final int BLOCK = 1_000;

    private static final String INDEPENDENT = "independent";
    private static final String NEXT = "+next";
    private static final int WORDS = 5;

    static ExecutorSpec parse(String name) {
        String[] words = name.split(":", -1);
        if (words.length != WORDS) {
            throw new IllegalArgumentException(
                    "'" + name + "' is not executor:MODE:THREADS:ACCOUNTS:ROUNDS");
        }
        boolean isAnnounced = words[1].endsWith(NEXT);
        String mode = isAnnounced ? words[1].replace(NEXT, "") : words[1];
        boolean isIndependent = mode.equals(INDEPENDENT);
        return new ExecutorSpec(
                isIndependent
                        ? ExecutorMode.SEQUENTIAL
                        : ExecutorMode.valueOf(mode.toUpperCase(Locale.ROOT)),
                isIndependent,
                isAnnounced,
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]));
    }

    Workload open(long seed) {
        if (isIndependent) {
            return independent(seed);
        }
        ExecutorProgram program = new ExecutorProgram(mode, threads, block(seed));
        return isAnnounced
                ? ExecutorWorkload.announcing(program)
                : new ExecutorWorkload(program);
    }

    /** The physical limit: each thread executes blocks of its own, one transaction at a time. */
    private Workload independent(long seed) {
        List<Workload> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            parts.add(new ExecutorWorkload(new ExecutorProgram(mode, 1, block(seed + i))));
        }
        return new SideBySide(parts);
    }

    SyntheticTransfers block(long seed) {
        return new SyntheticTransfers(accounts, BLOCK, Work.ofRounds(rounds), seed);
    }
}
