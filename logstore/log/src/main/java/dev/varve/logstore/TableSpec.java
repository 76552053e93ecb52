package dev.varve.logstore;

import java.nio.charset.StandardCharsets;

/**
 * What a table is, as it is registered in the log.
 *
 * @param name 1 to 64 ASCII letters, digits, dots, dashes or underscores
 */
public record TableSpec(String name, Order order) {

    private static final int MAX_NAME_LENGTH = 64;

    public TableSpec {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "a table's name has 1 to " + MAX_NAME_LENGTH + " bytes, not \"" + name + '"');
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')
                    && "._-".indexOf(c) < 0) {
                throw new IllegalArgumentException(
                        "a table's name has no '" + c + "', as \"" + name + "\" does");
            }
        }
    }

    /** A table whose records are found by their key, of 1 to 1,024 bytes. */
    public static TableSpec byKey(String name) {
        return new TableSpec(name, Order.KEY);
    }

    /** A table whose records are found by their height, one for each. */
    public static TableSpec byHeight(String name) {
        return new TableSpec(name, Order.HEIGHT);
    }

    /** How the records of a table are found. */
    public enum Order {
        KEY,
        HEIGHT
    }
}
