package dev.varve.logstore;

import java.nio.charset.StandardCharsets;

/**
 * What a table is, and how this process handles it. Name and order are registered in the log; the
 * rest goes with each {@link LogStore#table} call and may be another one at each open.
 *
 * @param name 1 to 64 ASCII letters, digits, dots, dashes or underscores
 * @param readAdvice where records are read from
 */
public record TableSpec(String name, Order order, ReadAdvice readAdvice) {

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

    /** As {@code readAdvice} {@link ReadAdvice#AUTO}. */
    public TableSpec(String name, Order order) {
        this(name, order, ReadAdvice.AUTO);
    }

    /** A table whose records are found by their key, of 1 to 1,024 bytes. */
    public static TableSpec byKey(String name) {
        return new TableSpec(name, Order.KEY);
    }

    /** A table whose records are found by their height, one for each. */
    public static TableSpec byHeight(String name) {
        return new TableSpec(name, Order.HEIGHT);
    }

    public TableSpec withReadAdvice(ReadAdvice advice) {
        return new TableSpec(name, order, advice);
    }

    /** Whether the log holds the same of both. */
    boolean isRegisteredLike(TableSpec other) {
        return name.equals(other.name) && order == other.order;
    }

    /** How the records of a table are found. */
    public enum Order {
        KEY,
        HEIGHT
    }
}
