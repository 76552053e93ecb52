package dev.varve.jmh.peers;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, for people and for programs. A ratio is always Varve's figure by the peer's:
 * of what is done in a second, more than 1 is better; of all else, less.
 */
final class PeersReport {

    private static final String SUITE = "peers";
    private static final String ABSENT = "-";

    private final Map<Peer, Outcome> outcomes;

    PeersReport(Map<Peer, Outcome> outcomes) {
        this.outcomes = new TreeMap<>(outcomes);
    }

    /** One line for each metric, one column for each store that was measured. */
    String table() {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("", "unit"));
        measured().forEach(peer -> head.add(peer.id()));
        lines.add(head);
        for (Metric metric : Metric.values()) {
            List<String> line = new ArrayList<>(List.of(metric.label(), metric.unit()));
            measured().forEach(peer -> line.add(cell(metric, peer)));
            lines.add(line);
        }
        return aligned(lines);
    }

    private List<Peer> measured() {
        return outcomes.entrySet().stream()
                .filter(entry -> entry.getValue().kind() == Outcome.Kind.MEASURED)
                .map(Map.Entry::getKey)
                .toList();
    }

    private String cell(Metric metric, Peer peer) {
        Measurement own = figure(metric, peer);
        Measurement varve = figure(metric, Peer.VARVE);
        if (own == null) {
            return ABSENT;
        }
        String text = number(own.value());
        return peer == Peer.VARVE || varve == null
                ? text
                : text + " (" + ratio(varve.value() / own.value()) + ")";
    }

    private @Nullable Measurement figure(Metric metric, Peer peer) {
        Outcome outcome = outcomes.get(peer);
        return outcome == null ? null : outcome.get(metric);
    }

    private static String number(double value) {
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, value >= 0.1 ? "%.2f" : "%.3f", value);
    }

    private static String aligned(List<List<String>> lines) {
        int columns = lines.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = line.get(i);
                String blanks = " ".repeat(widths[i] - cell.length());
                row.append(i < 2 ? cell + blanks : blanks + cell).append("  ");
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** What the lines mean, and what each store promised and checked while it was measured. */
    String legend() {
        StringBuilder text = new StringBuilder();
        if (figure(Metric.LOAD, Peer.VARVE) != null) {
            text.append("(ratio): Varve's figure by the peer's.\n");
        }
        for (Metric metric : Metric.values()) {
            text.append(metric.label()).append(": ").append(metric.meaning()).append(".\n");
        }
        for (Peer peer : measured()) {
            Peer.Promise promise = peer.promise();
            text.append('\n').append(peer.id()).append(' ').append(peer.version()).append('\n');
            text.append("  commit: ").append(promise.commit()).append('\n');
            text.append("  force:  ").append(promise.force()).append('\n');
            text.append("  checks: ").append(promise.checks()).append('\n');
            text.append("  view:   ").append(promise.view()).append('\n');
        }
        return text.toString();
    }

    /** One row for each metric and peer, Varve against it; each store by itself without Varve. */
    List<BenchResult> results() {
        List<BenchResult> results = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            Measurement varve = figure(metric, Peer.VARVE);
            for (Peer peer : measured()) {
                Measurement own = figure(metric, peer);
                if (own == null || peer == Peer.VARVE && measured().size() > 1) {
                    continue;
                }
                results.add(
                        varve == null || peer == Peer.VARVE
                                ? row(metric, metric.label() + ", " + peer.id(), own)
                                : duel(metric, varve, peer, own));
            }
        }
        return results;
    }

    private static BenchResult row(Metric metric, String name, Measurement own) {
        return new BenchResult(
                SUITE,
                name,
                own.value(),
                own.lo(),
                own.hi(),
                metric.unit(),
                "",
                BenchResult.NONE,
                BenchResult.NONE,
                Verdict.OK);
    }

    private static BenchResult duel(
            Metric metric, Measurement varve, Peer peer, Measurement other) {
        String figure = number(other.value());
        if (other.lo() != other.hi()) {
            figure += " [" + number(other.lo()) + ", " + number(other.hi()) + "]";
        }
        return new BenchResult(
                SUITE,
                metric.label(),
                varve.value(),
                varve.lo(),
                varve.hi(),
                metric.unit(),
                peer.id() + " " + peer.version() + ": " + figure,
                varve.value() / other.value(),
                BenchResult.NONE,
                Verdict.OK);
    }
}
