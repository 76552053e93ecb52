package dev.varve.cli;

import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.ExecutorMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What came of recorded blocks, a line each and all together. For one thread. */
final class ExecReport {

    static final String DEFINITION =
            "The parallel share is the share of transactions that read nothing which an earlier"
                    + " transaction of their block has written; mere credits to the coinbase"
                    + " commute. The strict share is the same with a credit as a read and a write.";

    private final ExecutorMode mode;
    private final int threads;
    private final List<JsonObject> blocks = new ArrayList<>();
    private final Map<String, Long> conflicts = new TreeMap<>();
    private int unequal;
    private @Nullable String firstDifference;
    private long transactions;
    private long dependent;
    private long dependentStrict;
    private long sequentialNs;
    private long measuredNs;

    ExecReport(ExecutorMode mode, int threads) {
        this.mode = mode;
        this.threads = threads;
    }

    static String heading() {
        return "   block   txs  share strict chain/strict  seq us  par us  speed-up"
                + "  mode, conflicts";
    }

    /** Adds a block and returns its line. */
    String add(long number, BlockTrial.Result result) {
        DependencyStats stats = result.dependencies();
        transactions += stats.transactions();
        dependent += stats.dependent();
        dependentStrict += stats.dependentStrict();
        sequentialNs += result.sequentialNs();
        measuredNs += result.measuredNs();
        stats.conflictsByKind().forEach((kind, count) -> conflicts.merge(kind, count, Long::sum));
        String difference = result.difference();
        if (difference != null) {
            unequal++;
            if (firstDifference == null) {
                firstDifference = "block " + number + ": " + difference;
            }
        }
        blocks.add(json(number, result));
        return String.format(
                Locale.ROOT,
                "%8d %5d %5.1f%% %5.1f%% %5d/%-6d %7.0f %7.0f %8.2fx  %s, %s%s",
                number,
                stats.transactions(),
                100 * stats.parallelShare(),
                100 * stats.parallelShareStrict(),
                stats.criticalPath(),
                stats.criticalPathStrict(),
                result.sequentialNs() / 1e3,
                result.measuredNs() / 1e3,
                result.speedUp(),
                name(result.stats().mode()),
                text(stats.conflictsByKind()),
                difference == null ? "" : ", NOT EQUAL: " + difference);
    }

    String total() {
        return String.format(
                Locale.ROOT,
                "all %d blocks, %d transactions: parallel share %.1f%%, strict %.1f%%, conflicts %s"
                        + "%n%s with %d threads: %.2fx, %s",
                blocks.size(),
                transactions,
                100 * share(dependent),
                100 * share(dependentStrict),
                text(conflicts),
                name(mode),
                threads,
                speedUp(),
                unequal == 0 ? "all equal" : unequal + " NOT EQUAL");
    }

    /** What is wrong, or null. */
    @Nullable String error() {
        return firstDifference == null
                ? null
                : unequal + " of " + blocks.size() + " blocks are not equal, the first is "
                        + firstDifference;
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        String error = error();
        if (error != null) {
            json.put("error", error);
        }
        return json.putFlag("equal", error == null)
                .put("mode", name(mode))
                .put("threads", threads)
                .put("transactions", transactions)
                .putDecimal("parallelShare", share(dependent))
                .putDecimal("parallelShareStrict", share(dependentStrict))
                .putDecimal("speedUp", speedUp())
                .put("conflicts", json(conflicts))
                .put("definition", DEFINITION)
                .putObjects("blocks", blocks);
    }

    static String name(ExecutorMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    private static JsonObject json(long number, BlockTrial.Result result) {
        DependencyStats stats = result.dependencies();
        return new JsonObject()
                .put("block", number)
                .putFlag("equal", result.difference() == null)
                .put("transactions", stats.transactions())
                .put("usedMode", name(result.stats().mode()))
                .putDecimal("parallelShare", stats.parallelShare())
                .putDecimal("parallelShareStrict", stats.parallelShareStrict())
                .put("criticalPath", stats.criticalPath())
                .put("criticalPathStrict", stats.criticalPathStrict())
                .put("conflicts", json(stats.conflictsByKind()))
                .putDecimal("sequentialUs", result.sequentialNs() / 1e3)
                .putDecimal("us", result.measuredNs() / 1e3)
                .putDecimal("speedUp", result.speedUp())
                .put("reExecutions", result.stats().reExecutions());
    }

    private static JsonObject json(Map<String, Long> counts) {
        JsonObject json = new JsonObject();
        counts.forEach(json::put);
        return json;
    }

    private static String text(Map<String, Long> counts) {
        StringJoiner text = new StringJoiner(" ");
        counts.forEach((kind, count) -> text.add(kind + "=" + count));
        return text.toString();
    }

    private double share(long count) {
        return transactions == 0 ? 1 : 1 - (double) count / transactions;
    }

    private double speedUp() {
        return (double) sequentialNs / Math.max(1, measuredNs);
    }
}
