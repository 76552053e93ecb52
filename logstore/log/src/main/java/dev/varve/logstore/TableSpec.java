package dev.varve.logstore;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a table is, and how this process handles it. Name, order and keys are registered in the
 * log; the rest goes with each {@link LogStore#table} call and may be another one at each open.
 *
 * @param name 1 to 64 ASCII letters, digits, dots, dashes or underscores
 * @param keys whether a key may come again; always {@link Keys#REPEATED} in a table found by height
 * @param readAdvice where records are read from
 * @param compressFrom values of at least so many bytes are compressed with LZ4 when they are put,
 *     if that saves an eighth or more; 0 for none. Whatever was put is read.
 */
public record TableSpec(
        String name, Order order, Keys keys, ReadAdvice readAdvice, int compressFrom) {

    private static final int MAX_NAME_LENGTH = 64;

    public TableSpec {
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(readAdvice, "readAdvice");
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "a table's name has 1 to " + MAX_NAME_LENGTH + " bytes, not \"" + name + '"');
        }
        if (compressFrom < 0) {
            throw new IllegalArgumentException(
                    "compressFrom is " + compressFrom + ", not 0 or more");
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

    /** With {@link ReadAdvice#AUTO} and without compression. */
    public TableSpec(String name, Order order, Keys keys) {
        this(name, order, keys, ReadAdvice.AUTO, 0);
    }

    /** A table whose records are found by their key, of 1 to 1,024 bytes. */
    public static TableSpec byKey(String name) {
        return new TableSpec(name, Order.KEY, Keys.REPEATED);
    }

    /**
     * A table whose records are found by their height: one for each height, for a later one hides
     * those before it.
     */
    public static TableSpec byHeight(String name) {
        return new TableSpec(name, Order.HEIGHT, Keys.REPEATED);
    }

    /**
     * A table found by key in which every key is put once and never deleted. The log does not look
     * for keys: it takes records of the table only from its {@link SoleWriter}, which is that of
     * the gate that keeps the promise (dev.varve.engine).
     */
    public static TableSpec deduplicated(String name) {
        return new TableSpec(name, Order.KEY, Keys.DEDUPLICATED);
    }

    /** Whether every key is put once. */
    public boolean isDeduplicated() {
        return keys == Keys.DEDUPLICATED;
    }

    public TableSpec withReadAdvice(ReadAdvice advice) {
        return new TableSpec(name, order, keys, advice, compressFrom);
    }

    /** With compression of values of at least {@code fromBytes} bytes, 1 or more; 0 for none. */
    public TableSpec withCompression(int fromBytes) {
        return new TableSpec(name, order, keys, readAdvice, fromBytes);
    }

    /** Whether the log holds the same of both. */
    boolean isRegisteredLike(TableSpec other) {
        return name.equals(other.name) && order == other.order && keys == other.keys;
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
