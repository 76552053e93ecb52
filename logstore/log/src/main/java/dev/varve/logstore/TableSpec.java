package dev.varve.logstore;

import java.nio.charset.StandardCharsets;

/**
 * What a table is, as it is registered in the log.
 *
 * @param name 1 to 64 ASCII letters, digits, dots, dashes or underscores
 * @param keys whether a key may come again; always {@link Keys#REPEATED} in a table found by height
 */
public record TableSpec(String name, Order order, Keys keys) {

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
        if (order == Order.HEIGHT && keys == Keys.DEDUPLICATED) {
            throw new IllegalArgumentException(
                    "only a table found by key is deduplicated, not \"" + name + '"');
        }
    }

    /** A table whose records are found by their key, of 1 to 1,024 bytes. */
    public static TableSpec byKey(String name) {
        return new TableSpec(name, Order.KEY, Keys.REPEATED);
    }

    /** A table whose records are found by their height, one for each. */
    public static TableSpec byHeight(String name) {
        return new TableSpec(name, Order.HEIGHT, Keys.REPEATED);
    }

    /**
     * A table found by key in which every key is put once and never deleted. The log does not look:
     * its records are written only through the gate that keeps the promise (dev.varve.engine).
     */
    public static TableSpec deduplicated(String name) {
        return new TableSpec(name, Order.KEY, Keys.DEDUPLICATED);
    }

    /** Whether every key is put once. */
    public boolean isDeduplicated() {
        return keys == Keys.DEDUPLICATED;
    }

    /** Whether a key may come again. */
    public enum Keys {
        REPEATED,
        DEDUPLICATED
    }

    /** How the records of a table are found. */
    public enum Order {
        KEY,
        HEIGHT
    }
}
