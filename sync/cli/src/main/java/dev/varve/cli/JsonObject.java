package dev.varve.cli;

import java.util.List;
import java.util.Locale;

/** Writes one JSON object (RFC 8259) on one line, members in the order of their adding. */
final class JsonObject {

    private final StringBuilder text = new StringBuilder("{");

    JsonObject put(String name, String value) {
        return raw(name, quoted(value));
    }

    JsonObject put(String name, long value) {
        return raw(name, Long.toString(value));
    }

    JsonObject put(String name, JsonObject value) {
        return raw(name, value.toString());
    }

    /** A number of so many nanoseconds, in seconds with three digits behind the point. */
    JsonObject putSeconds(String name, long nanos) {
        long millis = nanos / 1_000_000;
        String rest = Long.toString(1_000 + millis % 1_000).substring(1);
        return raw(name, millis / 1_000 + "." + rest);
    }

    /** A number with three digits behind the point. */
    JsonObject putDecimal(String name, double value) {
        return raw(name, String.format(Locale.ROOT, "%.3f", value));
    }

    JsonObject putFlag(String name, boolean value) {
        return raw(name, Boolean.toString(value));
    }

    JsonObject putStrings(String name, List<String> values) {
        return list(name, values.stream().map(JsonObject::quoted).toList());
    }

    JsonObject putObjects(String name, List<JsonObject> values) {
        return list(name, values.stream().map(JsonObject::toString).toList());
    }

    private JsonObject raw(String name, String value) {
        if (text.length() > 1) {
            text.append(',');
        }
        text.append(quoted(name)).append(':').append(value);
        return this;
    }

    private static String quoted(String value) {
        StringBuilder quoted = new StringBuilder(value.length() + 2).append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c >= 0x7f) {
                // Everything beyond ASCII too: then the encoding of the output does not matter.
                String hex = Integer.toHexString(0x10000 | c);
                quoted.append("\\u").append(hex, 1, hex.length());
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return text + "}";
    }

    private JsonObject list(String name, List<String> elements) {
        return raw(name, "[" + String.join(",", elements) + "]");
    }
}
