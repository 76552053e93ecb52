package dev.varve.cli;

import java.util.function.Supplier;

/** Who may ask the command in progress to stop. */
interface Stops {

    /** Nobody may. */
    Stops NEVER = new Stops() {
        @Override
        public <T> T during(Supplier<T> work, Runnable stop) {
            return work.get();
        }
    };

    /**
     * Does the work. A stop runs {@code stop} meanwhile, from another thread and at most once; the
     * work then ends soon.
     */
    <T> T during(Supplier<T> work, Runnable stop);
}
