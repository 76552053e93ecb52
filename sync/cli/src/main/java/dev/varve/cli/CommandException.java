package dev.varve.cli;

/** A command cannot do what it was asked for, for a reason that it found itself. */
final class CommandException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    CommandException(Failure failure) {
        super(failure.message());
        this.failure = failure;
    }

    /** The command line asks for what cannot be; nothing was touched. */
    static CommandException usage(String message) {
        return new CommandException(Failure.of(ExitCode.USAGE, message));
    }

    static CommandException failed(String message) {
        return new CommandException(Failure.of(ExitCode.FAILED, message));
    }

    Failure failure() {
        return failure;
    }
}
