package dev.varve.jmh.command;

import dev.varve.jmh.UsageException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ways in which a hot path is measured, cheapest first. */
enum Layer {
    /** Exact counts, held to budgets. */
    COUNTERS,
    /** Ratios to the physical limit, held to budgets. */
    DUELS,
    /** Absolute times from JMH, for people. */
    JMH,
    /** Latency at a fixed rate, for people. */
    LATENCY,
    /** The block executor over threads, accounts and costs, for people. */
    MATRIX;

    static final String NAMES = "counters|duels|jmh|latency|matrix";

    /** The one that is named, or else all that the time allows for. */
    static Set<Layer> of(@Nullable String name, boolean quick) {
        if (name == null) {
            return quick ? EnumSet.of(COUNTERS, DUELS) : EnumSet.allOf(Layer.class);
        }
        return Arrays.stream(values())
                .filter(layer -> layer.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .map(EnumSet::of)
                .orElseThrow(
                        () -> new UsageException("--only is " + NAMES + ", not '" + name + "'"));
    }
}
