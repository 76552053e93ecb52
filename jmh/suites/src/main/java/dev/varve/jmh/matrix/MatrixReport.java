package dev.varve.jmh.matrix;

import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A matrix for programs, and for people as a page of Markdown. */
public final class MatrixReport {

    private static final String SEQUENTIAL = "sequential";

    private final MatrixRun run;

    public MatrixReport(MatrixRun run) {
        this.run = run;
    }

    /** One row for each point, for each cost of the executor and for each line of the model. */
    public List<BenchResult> results(String suite) {
        List<BenchResult> results = new ArrayList<>();
        for (MatrixPoint point : run.points()) {
            results.add(
                    new BenchResult(
                            suite,
                            name(point) + ", " + number(point.costUs()) + " us",
                            point.speedUp().value(),
                            point.speedUp().lo(),
                            point.speedUp().hi(),
                            "x",
                            SEQUENTIAL,
                            BenchResult.NONE,
                            BenchResult.NONE,
                            Verdict.OK));
        }
        for (MatrixPoint point : run.bare()) {
            String name = name(point) + ", no work, above sequential";
            results.add(BenchResult.plain(suite, name, point.overheadNs(), "ns/tx"));
        }
        for (MatrixRun.Forecast line : run.forecasts()) {
            String name = "model: " + modeName(line) + ", " + line.threads() + " threads";
            results.add(BenchResult.plain(suite, name, line.foretold(), "x"));
        }
        for (MatrixRun.Bound line : run.bounds()) {
            String name =
                    "model: critical path, " + line.threads() + " threads, " + line.accounts()
                            + " accounts";
            results.add(BenchResult.plain(suite, name, line.pathBound(), "x"));
        }
        return results;
    }

    private static String name(MatrixPoint point) {
        return point.modeName() + ", " + point.threads() + " threads, " + point.accounts()
                + " accounts";
    }

    private static String modeName(MatrixRun.Forecast line) {
        return line.mode().name().toLowerCase(Locale.ROOT);
    }

    /** The page. */
    public String markdown() {
        return "# The block executor\n\n" + matrix() + bare() + model() + bounds();
    }

    private String matrix() {
        StringBuilder page =
                new StringBuilder(
                        """
                        ## Speed-up over sequential execution

                        Blocks of transfers between random accounts: two keys read and written, so
                        much arithmetic between. Medians of blocks in turns, in brackets the
                        interval that holds the median with 95 percent. ORDERED_LOCKS knows all
                        keys, the others none.

                        """);
        row(page, "threads", "accounts", "us", "sequential ns", "mode", "speed-up");
        row(page, "---", "---", "---", "---", "---", "---");
        for (MatrixPoint point : run.points()) {
            row(
                    page,
                    point.threads(),
                    point.accounts(),
                    number(point.costUs()),
                    String.format(Locale.ROOT, "%.0f", point.sequentialNs()),
                    point.modeName(),
                    ratio(point.speedUp().value()) + " [" + ratio(point.speedUp().lo()) + ", "
                            + ratio(point.speedUp().hi()) + "]");
        }
        return page.append('\n').toString();
    }

    private String bare() {
        StringBuilder page =
                new StringBuilder("## Nanoseconds per transaction that does no work\n\n");
        row(page, "threads", "accounts", "mode", "time", "sequential", "difference");
        row(page, "---", "---", "---", "---", "---", "---");
        for (MatrixPoint point : run.bare()) {
            row(
                    page,
                    point.threads(),
                    point.accounts(),
                    point.modeName(),
                    number(point.ns()),
                    number(point.sequentialNs()),
                    number(point.overheadNs()));
        }
        return page.append('\n').toString();
    }

    private String model() {
        StringBuilder page =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                """
                                ## Model of more threads: foretold, not measured

                                %d accounts, %.0f us. Rounds of the block's own dependencies, and
                                all that the executor needs for a transaction taken as work of one
                                thread. That threads wait longer for cache lines the more of them
                                there are is not in it.

                                """,
                                MatrixRun.MODEL_ACCOUNTS,
                                MatrixRun.MODEL_COST_US));
        row(page, "mode", "threads", "rounds", "model", "measured");
        row(page, "---", "---", "---", "---", "---");
        for (MatrixRun.Forecast line : run.forecasts()) {
            row(
                    page,
                    modeName(line),
                    line.threads(),
                    line.rounds(),
                    ratio(line.foretold()),
                    Double.isNaN(line.measured()) ? "-" : ratio(line.measured()));
        }
        return page.append('\n').toString();
    }

    private String bounds() {
        StringBuilder page =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                """
                                ## Model by measured critical paths: foretold, not measured

                                %.0f us. Each transaction was timed on one thread. No schedule is
                                faster than the longest chain of dependent transactions, nor than
                                all of them divided by the threads: that is the critical path. The
                                rounds say the same if all transactions take one time. The last
                                columns add what each mode needs above the sequential one for a
                                transaction on one thread, planning and commits too, as work of one
                                thread. Assumed: moving data between cores costs nothing, and some
                                schedule reaches the bound.

                                """,
                                MatrixRun.MODEL_COST_US));
        row(page, "accounts", "threads", "rounds", "critical path", "ordered_locks", "speculative");
        row(page, "---", "---", "---", "---", "---", "---");
        for (MatrixRun.Bound line : run.bounds()) {
            row(
                    page,
                    line.accounts(),
                    line.threads(),
                    ratio(line.roundsBound()),
                    ratio(line.pathBound()),
                    ratio(line.ordered()),
                    ratio(line.speculative()));
        }
        return page.toString();
    }

    private static void row(StringBuilder page, Object... cells) {
        for (Object cell : cells) {
            page.append("| ").append(cell).append(' ');
        }
        page.append("|\n");
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
    }
}
