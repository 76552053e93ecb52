package dev.varve.jmh;

import java.util.List;
import java.util.stream.Collectors;

/** Results as JSON: an array with one object per line. */
public final class ResultsJson {

    private ResultsJson() {}

    public static String of(List<BenchResult> results) {
        return results.stream()
                .map(ResultsJson::object)
                .collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
    }

    private static String object(BenchResult result) {
        return "{\"suite\": " + quoted(result.suite())
                + ", \"name\": " + quoted(result.name())
                + ", \"value\": " + number(result.value())
                + ", \"lo\": " + number(result.lo())
                + ", \"hi\": " + number(result.hi())
                + ", \"unit\": " + quoted(result.unit())
                + ", \"against\": " + quoted(result.against())
                + ", \"ratio\": " + number(result.ratio())
                + ", \"budget\": " + number(result.budget())
                + ", \"verdict\": " + quoted(result.verdict().name())
                + "}";
    }

    /** JSON knows no infinity and no NaN. */
    static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return "null";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** A JSON string, quotes included. */
    public static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < ' ') {
                        json.append("\\u00").append(c < 16 ? "0" : "");
                        json.append(Integer.toHexString(c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }
}
