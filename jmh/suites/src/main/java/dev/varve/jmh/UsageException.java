package dev.varve.jmh;

/**
 * The command cannot be run as it was given: it names something unknown, or the machine lacks what
 * it needs. Thrown before any work; ends the program with exit code 2.
 */
public final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public UsageException(String message) {
        super(message);
    }

    /** What is wrong with the command; never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
