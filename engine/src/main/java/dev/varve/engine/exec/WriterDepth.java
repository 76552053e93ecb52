package dev.varve.engine.exec;

/**
 * How long the chain of dependent transactions is that ends in the committed value of a key; zero
 * where no transaction of the block has written it. Filled by {@link DependencyMeter}.
 */
final class WriterDepth {

    /** In transactions, where additions commute. */
    int commuting;

    /** In transactions, where an addition counts as a read and a write. */
    int strict;

    /** In nanoseconds of measured execution, where additions commute. */
    long ns;

    void clear() {
        commuting = 0;
        strict = 0;
        ns = 0;
    }
}
