package dev.varve.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Results as a table for people; in Markdown, which reads well on a terminal too. */
public final class ResultTable {

    private static final List<String> HEAD =
            List.of("suite", "name", "value", "unit", "ratio", "budget", "against", "verdict");

    private ResultTable() {}

    public static String of(List<BenchResult> results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        results.forEach(result -> rows.add(cells(result)));
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder table = new StringBuilder();
        for (int row = 0; row < rows.size(); row++) {
            for (int i = 0; i < widths.length; i++) {
                String cell = rows.get(row).get(i);
                table.append("| ").append(cell).repeat(' ', widths[i] - cell.length() + 1);
            }
            table.append("|\n");
            if (row == 0) {
                for (int width : widths) {
                    table.append('|').repeat('-', width + 2);
                }
                table.append("|\n");
            }
        }
        return table.toString();
    }

    private static List<String> cells(BenchResult result) {
        return List.of(
                result.suite(),
                result.name(),
                value(result),
                result.unit(),
                short4(result.ratio()),
                short4(result.budget()),
                result.against(),
                result.verdict().name());
    }

    private static String value(BenchResult result) {
        return result.lo() == result.hi() || Double.isNaN(result.lo())
                ? short4(result.value())
                : short4(result.value()) + " [" + short4(result.lo()) + ", " + short4(result.hi())
                        + "]";
    }

    /** Four digits, or all digits of a longer whole number. */
    private static String short4(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        double magnitude = Math.abs(value);
        int decimals = magnitude >= 1_000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
