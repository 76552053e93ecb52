package dev.varve.engine.exec;

/**
 * How long a result may be looked at: until its executor needs the memory for the next block. Used by
 * the thread that calls the executor.
 */
final class Lease {

    /** A lease that is over. */
    static final Lease ENDED = new Lease(false);

    private boolean valid;

    Lease() {
        this(true);
    }

    private Lease(boolean valid) {
        this.valid = valid;
    }

    void end() {
        valid = false;
    }

    void check() {
        if (!valid) {
            throw new IllegalStateException(
                    "this outcome ended when its executor began another block or was closed");
        }
    }
}
