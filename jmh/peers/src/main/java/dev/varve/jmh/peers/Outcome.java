package dev.varve.jmh.peers;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the process of one store ended.
 *
 * @param results empty unless all was measured
 * @param reason why nothing was measured, for people
 */
record Outcome(Kind kind, Map<Metric, Measurement> results, String reason) {

    static Outcome measured(Map<Metric, Measurement> results) {
        return new Outcome(Kind.MEASURED, Map.copyOf(results), "");
    }

    static Outcome skipped(String reason) {
        return new Outcome(Kind.SKIPPED, Map.of(), reason);
    }

    static Outcome failed(String reason) {
        return new Outcome(Kind.FAILED, Map.of(), reason);
    }

    @Nullable Measurement get(Metric metric) {
        return results.get(metric);
    }

    /** What became of it. */
    enum Kind {
        MEASURED,
        SKIPPED,
        FAILED
    }
}
