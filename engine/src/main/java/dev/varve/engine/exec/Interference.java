package dev.varve.engine.exec;

/**
 * Points at which tests disturb the schedule: yield, sleep, or reject an execution as if it had
 * read something stale. In production it is {@link #NONE}.
 */
interface Interference {

    Interference NONE =
            new Interference() {
                @Override
                public void at(Point point, int index) {}

                @Override
                public boolean rejects(int index) {
                    return false;
                }
            };

    /** Moments between two steps that others may observe. */
    enum Point {
        CLAIMED,
        EXECUTED,
        PUBLISHED,
        CHECKING,
        INVALIDATED,
        SETTLING,
        RELEASING
    }

    void at(Point point, int index);

    /** Whether the execution that just ended is to be thrown away. */
    boolean rejects(int index);

    /** The time of which {@link CostModel} learns. */
    default long nanoTime() {
        return System.nanoTime();
    }
}
