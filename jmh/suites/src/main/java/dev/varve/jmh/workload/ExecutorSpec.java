package dev.varve.jmh.workload;

import dev.varve.engine.exec.ExecutorMode;
import dev.varve.sync.ethereum.replay.BlockProgram;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Blocks of transfers and how they are executed, as the name of a program says it: {@code
 * executor:MODE:THREADS:ACCOUNTS:ROUNDS}. The mode "independent" is that of the physical
 * limit: so many threads, each with a sequential executor and accounts of its own; "unordered" is
 * that limit for threads whose accounts are the same ({@link UnorderedTransfers}). A mode with
 * "+next" behind it is told the next block each time, as a ledger can that replays blocks.
 *
 * @param mode a mode of the executor; SEQUENTIAL for a limit
 * @param limit that of which physical limit, or NONE
 * @param isAnnounced whether each block is announced while the one before is executed
 * @param accounts between which a block transfers
 * @param rounds work of a transaction, about a nanosecond each
 */
record ExecutorSpec(
        ExecutorMode mode,
        Limit limit,
        boolean isAnnounced,
        int threads,
        int accounts,
        long rounds) {

    static final String PREFIX = "executor:";

    /** Transactions of a block. */
    static final int BLOCK = 1_000;

    /** What threads have in common that no executor holds together. */
    enum Limit {
        NONE,
        INDEPENDENT,
        UNORDERED;

        static Limit of(String mode) {
            return switch (mode) {
                case "independent" -> INDEPENDENT;
                case "unordered" -> UNORDERED;
                default -> NONE;
            };
        }
    }

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
        Limit limit = Limit.of(mode);
        return new ExecutorSpec(
                limit == Limit.NONE
                        ? ExecutorMode.valueOf(mode.toUpperCase(Locale.ROOT))
                        : ExecutorMode.SEQUENTIAL,
                limit,
                isAnnounced,
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]));
    }

    Workload open(long seed) {
        return switch (limit) {
            case INDEPENDENT -> sideBySide(independent(seed));
            case UNORDERED -> sideBySide(unordered(seed));
            case NONE -> together(new ExecutorProgram(mode, threads, block(seed, BLOCK)));
        };
    }

    private Workload together(ExecutorProgram program) {
        return isAnnounced
                ? ExecutorWorkload.announcing(program)
                : new ExecutorWorkload(program);
    }

    private List<SyntheticTransfers> independent(long seed) {
        return IntStream.range(0, threads).mapToObj(i -> block(seed + i, BLOCK)).toList();
    }

    private List<UnorderedTransfers> unordered(long seed) {
        return UnorderedTransfers.deal(block(seed, threads * BLOCK), accounts, threads);
    }

    /** A physical limit: each thread executes blocks of its own, one transaction at a time. */
    private Workload sideBySide(List<? extends BlockProgram<Void>> blocks) {
        List<Workload> parts = new ArrayList<>();
        for (BlockProgram<Void> block : blocks) {
            parts.add(new ExecutorWorkload(new ExecutorProgram(mode, 1, block)));
        }
        return new SideBySide(parts);
    }

    private SyntheticTransfers block(long seed, int count) {
        return new SyntheticTransfers(accounts, count, Work.ofRounds(rounds), seed);
    }
}
