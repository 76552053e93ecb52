package dev.varve.sync;

import java.util.function.LongSupplier;

/**
 * What a pipeline takes from the world, for tests to replace.
 *
 * @param nanoClock nanoseconds since some moment
 */
record Environment(LongSupplier nanoClock, StopSignal.Sleeper sleeper, Committer committer) {

    static Environment real() {
        return new Environment(System::nanoTime, StopSignal.Sleeper.REAL, Committer.ONE_BATCH);
    }
}
