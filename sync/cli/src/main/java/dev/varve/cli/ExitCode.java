package dev.varve.cli;

/**
 * How the process ends. After SIGINT, SIGTERM or SIGHUP the JVM makes it 128 and the signal's
 * number, whatever the command returns.
 */
final class ExitCode {

    static final int OK = 0;

    /** What was asked for could not be done: a bad block, a source, a disk, another process. */
    static final int FAILED = 1;

    /** The command line is wrong; nothing was touched. */
    static final int USAGE = 2;

    /** What is in the store is not what was put there. */
    static final int CORRUPTION = 3;

    /**
     * Whoever read the standard output is gone, such as {@code head}. What a shell reports of a
     * program that SIGPIPE ends, which the JVM ignores.
     */
    static final int READER_GONE = 128 + 13;

    private ExitCode() {}
}
