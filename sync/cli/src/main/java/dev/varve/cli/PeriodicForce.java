package dev.varve.cli;

import dev.varve.logstore.LogStore;
import java.util.function.LongSupplier;

/**
 * Makes an import durable now and then, so that a power cut costs seconds of it. Commits of an
 * import wait for no disk; a kill without a power cut loses none of them. For the thread that
 * commits.
 */
final class PeriodicForce {

    /** Seldom enough that it costs nothing: a force takes milliseconds, of a slow disk a second. */
    private static final long INTERVAL_NANOS = 10_000_000_000L;

    private final LogStore store;
    private final LongSupplier nanoClock;
    private long lastNanos;

    PeriodicForce(LogStore store, LongSupplier nanoClock) {
        this.store = store;
        this.nanoClock = nanoClock;
        this.lastNanos = nanoClock.getAsLong();
    }

    void committed() {
        if (nanoClock.getAsLong() - lastNanos >= INTERVAL_NANOS) {
            store.force();
            lastNanos = nanoClock.getAsLong();
        }
    }
}
