package dev.varve.jmh.peers;

import dev.varve.jmh.BenchResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A chart of how long batches take by the ids in a filter, as Markdown with a Mermaid block, of
 * what a {@link FilterLife} has reported. Static, without state.
 */
final class LatencyChart {

    /** What either is wanted to take at most: the charts of all runs begin with that scale. */
    private static final double WANTED_US = 500;

    private static final double GRID_US = 100;
    private static final String CHECK = FilterLife.CHECK;
    private static final String ADD = FilterLife.ADD;

    private LatencyChart() {}

    /** A chart of medians and one of 99th percentiles, each with a line for both. */
    static String of(List<BenchResult> results) {
        return chart(results, FilterLife.MEDIAN) + chart(results, FilterLife.HIGH);
    }

    private static String chart(List<BenchResult> results, String percentile) {
        Map<String, Double> checks = byIds(results, CHECK, percentile);
        Map<String, Double> adds = byIds(results, ADD, percentile);
        double most =
                Math.max(
                        checks.values().stream().mapToDouble(us -> us).max().orElse(0),
                        adds.values().stream().mapToDouble(us -> us).max().orElse(0));
        double end = Math.max(WANTED_US, Math.ceil(most / GRID_US) * GRID_US);
        return "```mermaid\nxychart-beta\n    title \"Batches of 10,000 ids, " + percentile
                + " (us): lines are check, add\"\n    x-axis \"ids in the filter\" ["
                + checks.keySet().stream()
                        .map(ids -> '"' + ids + '"')
                        .collect(Collectors.joining(", "))
                + "]\n    y-axis \"us\" 0 --> " + (long) end
                + line(checks) + line(adds) + "\n```\n";
    }

    private static Map<String, Double> byIds(
            List<BenchResult> results, String what, String percentile) {
        Map<String, Double> points = new LinkedHashMap<>();
        for (BenchResult result : results) {
            String name = result.name();
            if (name.startsWith(what) && name.endsWith(percentile)) {
                String ids =
                        name.substring(what.length(), name.length() - percentile.length())
                                .replaceAll("^, |, $| ids", "")
                                .replaceAll("e\\+0*", "e");
                points.put(ids, result.value());
            }
        }
        return points;
    }

    private static String line(Map<String, Double> points) {
        return points.values().stream()
                .map(us -> String.format(Locale.ROOT, "%.1f", us))
                .collect(Collectors.joining(", ", "\n    line [", "]"));
    }
}
