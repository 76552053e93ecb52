package dev.varve.cli;

import java.util.Locale;

/**
 * Shows how far a file of ids is read: on a terminal one line that is written over, else a line
 * every few seconds. For one thread.
 */
final class FilterProgress {

    private static final long TERMINAL_INTERVAL_NANOS = 100_000_000L;
    private static final long PIPE_INTERVAL_NANOS = 5_000_000_000L;

    private final Surroundings surroundings;
    private final boolean terminal;
    private final long length;
    private final long startNanos;
    private long shownNanos;
    private boolean lineOpen;

    /**
     * @param length of the file, or 0 if it is not known
     */
    FilterProgress(Surroundings surroundings, long length) {
        this.surroundings = surroundings;
        this.terminal = surroundings.screen() == Surroundings.Screen.TERMINAL;
        this.length = length;
        this.startNanos = surroundings.nanoClock().getAsLong();
        this.shownNanos = startNanos;
    }

    /** So many ids are done, and so many bytes of the file read. */
    void at(long ids, long bytes) {
        long now = surroundings.nanoClock().getAsLong();
        if (now - shownNanos < (terminal ? TERMINAL_INTERVAL_NANOS : PIPE_INTERVAL_NANOS)) {
            return;
        }
        shownNanos = now;
        String percent = length == 0 ? "" : " (" + 100 * bytes / length + "%)";
        String line =
                String.format(
                        Locale.ROOT,
                        "%,d ids%s, %,.0f ids/s",
                        ids,
                        percent,
                        ids / ((now - startNanos) / 1e9));
        if (terminal) {
            surroundings.err().print("\r\033[K" + line);
            surroundings.err().flush();
            lineOpen = true;
        } else {
            surroundings.err().println(line);
        }
    }

    /** Nothing more will come. */
    void end() {
        if (lineOpen) {
            surroundings.err().println();
        }
    }
}
