package dev.varve.cli;

import dev.varve.sync.PipelineListener.StepEvent;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far an import is: stage, heights, rate, and when the stage will be through. On a
 * terminal one line that is written over, else a line every few seconds and one for each stage. For
 * the thread that commits.
 */
final class ProgressLines {

    private static final long TERMINAL_INTERVAL_NANOS = 100_000_000L;
    private static final long PIPE_INTERVAL_NANOS = 5_000_000_000L;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoClock;
    private final long target;

    private String stage = "";
    private long stageFrom;
    private long stageNanos;
    private long next;
    private long shownNanos;
    private boolean lineOpen;

    /**
     * @param target the height behind the last one
     */
    ProgressLines(Surroundings surroundings, long target) {
        this.err = surroundings.err();
        this.terminal = surroundings.screen() == Surroundings.Screen.TERMINAL;
        this.nanoClock = surroundings.nanoClock();
        this.target = target;
        this.shownNanos = nanoClock.getAsLong();
    }

    /** A step was committed. */
    void committed(StepEvent event) {
        long now = nanoClock.getAsLong();
        if (!event.stage().equals(stage)) {
            endStage(now);
            stage = event.stage();
            stageFrom = event.range().from();
            stageNanos = now - event.work().nanos();
        }
        next = event.range().to();
        long interval = terminal ? TERMINAL_INTERVAL_NANOS : PIPE_INTERVAL_NANOS;
        if (nanoClock.getAsLong() - shownNanos >= interval) {
            show(now);
        }
    }

    /** Nothing more will come: the line on the terminal is ended. */
    void end() {
        endStage(nanoClock.getAsLong());
    }

    private void endStage(long now) {
        if (stage.isEmpty()) {
            return;
        }
        show(now);
        if (lineOpen) {
            err.println();
            lineOpen = false;
        }
        stage = "";
    }

    private void show(long now) {
        shownNanos = now;
        if (terminal) {
            err.print(ERASE_LINE + line(now));
            err.flush();
            lineOpen = true;
        } else {
            err.println(line(now));
        }
    }

    private String line(long now) {
        double seconds = Math.max(1, now - stageNanos) / 1e9;
        double rate = (next - stageFrom) / seconds;
        long left = target - next;
        String rest = left <= 0 || rate <= 0 ? "" : ", " + duration(left / rate) + " left";
        return String.format(
                Locale.ROOT,
                "%-12s %,d of %,d blocks (%d%%), %,.0f blocks/s%s",
                stage,
                next,
                target,
                target == 0 ? 100 : 100 * next / target,
                rate,
                rest);
    }

    /** Hours where there are any, minutes and seconds. */
    private static String duration(double seconds) {
        long whole = (long) Math.ceil(seconds);
        String text = String.format(Locale.ROOT, "%d:%02d", whole / 60 % 60, whole % 60);
        return whole < 3600 ? text : whole / 3600 + ":" + (text.length() < 5 ? "0" : "") + text;
    }
}
