package dev.varve.engine.exec;

/**
 * Unwinds a program whose execution is of no use any more. An error, so that a program's
 * {@code catch (Exception)} lets it pass; one that catches it all the same meets it again at its next
 * touch of the view, and its result is thrown away anyway.
 */
final class AbandonedExecution extends Error {

    private static final long serialVersionUID = 1L;

    AbandonedExecution() {
        super("this execution is thrown away", null, false, false);
    }
}
