package dev.varve.cli;

import dev.varve.engine.exec.BlockExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Option;

/** How many threads execute blocks, and what they are. */
final class ThreadsOption {

    private static final int MAX_THREADS = 1024;
    private static final int MAX_BY_DEFAULT = 8;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that execute blocks, the command's own included, 1 to 1024; as"
                    + " many as the machine has cores, but at most 8, if not given.")
    private int threads =
            Math.min(MAX_BY_DEFAULT, Runtime.getRuntime().availableProcessors());

    /** The number, which a wrong command line does not pass. */
    int count() {
        if (threads < 1 || threads > MAX_THREADS) {
            throw CommandException.usage(
                    "--threads " + threads + " is not between 1 and " + MAX_THREADS);
        }
        return threads;
    }

    /** Gives an executor this many threads; they live from when it is built until it is closed. */
    BlockExecutor.Builder on(BlockExecutor.Builder executor) {
        return executor.threads(count(), daemons("varve-exec-"));
    }

    /** Threads for whatever works beside a command; their names get a number behind them. */
    static ThreadFactory daemons(String name) {
        AtomicInteger next = new AtomicInteger(1);
        return task -> {
            Thread thread = new Thread(task, name + next.getAndIncrement());
            // The end of the process does not wait for them.
            thread.setDaemon(true);
            return thread;
        };
    }
}
