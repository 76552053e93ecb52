package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that a block's execution shows to its caller, as text that can be compared and printed.
 *
 * @param mode in which it was executed, which is not compared
 */
record BlockRecord(
        @Nullable ExecutorMode mode,
        List<String> commits,
        List<String> outcomes,
        List<String> writes) {

    /** Of a block that ended with an exception. */
    static BlockRecord failed(List<String> commits, String how) {
        return new BlockRecord(null, commits, List.of(how), List.of());
    }

    /** Executes and keeps everything, dependencies included where they are measured. */
    static <R> BlockRecord of(
            BlockExecutor executor,
            BaseState base,
            int count,
            TxProgram<R> program,
            @Nullable AccessHints hints) {
        List<String> commits = new ArrayList<>();
        BlockOutcome<R> outcome =
                executor.execute(
                        base,
                        count,
                        program,
                        hints,
                        (index, result, failure) -> commits.add(line(index, result, failure)));
        return of(commits, outcome);
    }

    /** All of an outcome, with what the listener was told. */
    static BlockRecord of(List<String> commits, BlockOutcome<?> outcome) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < outcome.size(); i++) {
            outcomes.add(line(i, outcome.result(i), outcome.failure(i)));
        }
        DependencyStats dependencies = outcome.stats().dependencies();
        if (dependencies != null) {
            outcomes.add(withoutTimes(dependencies));
        }
        List<String> writes = new ArrayList<>();
        outcome.batch().forEach((key, value) -> writes.add(write(key, value)));
        return new BlockRecord(outcome.stats().mode(), commits, outcomes, writes);
    }

    static String line(int index, @Nullable Object result, @Nullable Throwable failure) {
        return index + (failure == null ? " = " + result : " ! " + failure);
    }

    static String write(byte[] key, byte @Nullable [] value) {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(key) + (value == null ? " deleted" : " = " + hex.formatHex(value));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BlockRecord record && difference(record) == null;
    }

    @Override
    public int hashCode() {
        return Objects.hash(commits, outcomes, writes);
    }

    /** Where two records first differ, or null. */
    @Nullable String difference(BlockRecord other) {
        String found = firstDifference("commit", commits, other.commits);
        found = found != null ? found : firstDifference("outcome", outcomes, other.outcomes);
        return found != null ? found : firstDifference("write", writes, other.writes);
    }

    private static @Nullable String firstDifference(
            String what, List<String> expected, List<String> actual) {
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String left = i < expected.size() ? expected.get(i) : null;
            String right = i < actual.size() ? actual.get(i) : null;
            if (!Objects.equals(left, right)) {
                return what + " " + i + ": expected <" + left + ">, was <" + right + ">";
            }
        }
        return null;
    }

    private static String withoutTimes(DependencyStats stats) {
        return new DependencyStats(
                        stats.transactions(),
                        stats.dependent(),
                        stats.dependentStrict(),
                        stats.criticalPath(),
                        stats.criticalPathStrict(),
                        0,
                        0,
                        stats.conflictsByKind())
                .toString();
    }
}
