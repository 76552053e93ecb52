package dev.varve.jmh.workload;

/**
 * One operation that can be done again and again, with all that it needs at hand. Deterministic:
 * two of them made alike that do the same numbers of operations return the same numbers, whatever
 * release of the code they run. Confined to one thread; closed by who opened it.
 */
public interface Workload extends AutoCloseable {

    /**
     * Does so many operations.
     *
     * @return a number that depends on what the operations saw, so that nothing can be optimised
     *     away and two releases can be compared
     */
    long run(long operations);

    /** Makes durable what the operations wrote; part of a measured round on a disk. */
    default void force() {}

    /** Called between measured stretches: gives back disk and memory that the operations used. */
    default void tidy() {}

    /** Frees everything; what is on disk belongs to the {@link Site}. */
    @Override
    default void close() {}
}
