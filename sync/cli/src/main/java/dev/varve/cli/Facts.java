package dev.varve.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Names and values in order, to be printed for a person or for a program. For one thread. */
final class Facts {

    private final JsonObject json = new JsonObject();
    private final Map<String, List<String>> lines = new LinkedHashMap<>();

    Facts add(String name, String value) {
        json.put(name, value);
        return line(name, value);
    }

    Facts add(String name, long value) {
        json.put(name, value);
        return line(name, Long.toString(value));
    }

    /** Several values of one name, a line each. */
    Facts add(String name, List<String> values) {
        json.putStrings(name, values);
        lines.put(name, new ArrayList<>(values));
        return this;
    }

    private Facts line(String name, String value) {
        lines.put(name, List.of(value));
        return this;
    }

    JsonObject json() {
        return json;
    }

    void print(PrintWriter out) {
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        lines.forEach(
                (name, values) -> {
                    String label = name;
                    for (String value : values.isEmpty() ? List.of("none") : values) {
                        out.println(
                                String.format(
                                        Locale.ROOT, "%-" + width + "s  %s", label, value));
                        label = "";
                    }
                });
    }
}
