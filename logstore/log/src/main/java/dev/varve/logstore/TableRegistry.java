package dev.varve.logstore;

import static dev.varve.logstore.format.RegistryDescriptor.DEDUPLICATED;
import static dev.varve.logstore.format.RegistryDescriptor.DEDUPLICATED_OFFSET;
import static dev.varve.logstore.format.RegistryDescriptor.LENGTH;
import static dev.varve.logstore.format.RegistryDescriptor.MUTABILITY_OFFSET;
import static dev.varve.logstore.format.RegistryDescriptor.ORDER_BY_HEIGHT;
import static dev.varve.logstore.format.RegistryDescriptor.ORDER_BY_KEY;
import static dev.varve.logstore.format.RegistryDescriptor.ORDER_OFFSET;
import static dev.varve.logstore.format.RegistryDescriptor.RETENTION_OFFSET;
import static dev.varve.logstore.format.RegistryDescriptor.STATE_EXISTS;
import static dev.varve.logstore.format.RegistryDescriptor.STATE_OFFSET;
import static dev.varve.logstore.format.RegistryDescriptor.TABLE_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** The tables of a store, as its REGISTRY records tell. Safe for use by many threads. */
final class TableRegistry {

    private final ConcurrentMap<String, Table> byName = new ConcurrentHashMap<>();

    /** By id, null where there is none; replaced as a whole, so that looking up boxes nothing. */
    private volatile @Nullable Table[] byId = {};

    @Nullable Table find(String name) {
        return byName.get(name);
    }

    @Nullable Table find(int id) {
        @Nullable Table[] tables = byId;
        return id < tables.length ? tables[id] : null;
    }

    /** By ascending id. */
    List<Table> all() {
        return Arrays.stream(byId).filter(Objects::nonNull).toList();
    }

    int nextId() {
        int highest = Math.max(0, byId.length - 1);
        if (highest == Table.MAX_ID) {
            throw new IllegalStateException("a store has at most " + Table.MAX_ID + " tables");
        }
        return highest + 1;
    }

    /** Adds a table, or takes over how a known one is to be handled from now on. */
    synchronized void add(Table table) {
        @Nullable Table[] tables = Arrays.copyOf(byId, Math.max(byId.length, table.id() + 1));
        tables[table.id()] = table;
        byId = tables;
        byName.put(table.name(), table);
    }

    /**
     * Throws unless the table is one of this store and found in this order.
     *
     * @throws IllegalArgumentException if not
     */
    void check(Table table, TableSpec.Order order) {
        Table known = find(table.id());
        if (!table.equals(known) && !isSame(table, known)) {
            throw new IllegalArgumentException(
                    "table " + table.name() + " with id " + table.id() + " is not of this store");
        }
        if (table.spec().order() != order) {
            throw new IllegalArgumentException(
                    "table " + table.name() + " is found by " + table.spec().order() + ", not by "
                            + order);
        }
    }

    private static boolean isSame(Table table, @Nullable Table known) {
        return known != null && known.spec().isRegisteredLike(table.spec());
    }

    /** How the records of a table are found; the store's own by key. */
    TableSpec.Order order(int id) {
        Table table = find(id);
        return table == null ? TableSpec.Order.KEY : table.spec().order();
    }

    /** Takes over what a record read from the log says, or refuses it. */
    void apply(RecordView record, String file) {
        if (record.table() != Table.SYSTEM_ID) {
            check(record, file);
            return;
        }
        add(decode(record, file), new Place(file, record.offset()));
    }

    /** Adds a table that a file tells of, at that place. */
    void add(Table table, Place place) {
        if (find(table.id()) != null || byName.containsKey(table.name())) {
            throw place.corruption(
                    "table " + table.name() + " with id " + table.id() + " is registered twice");
        }
        add(table);
    }

    /** Where something is read from. */
    record Place(String file, long offset) {

        CorruptionException corruption(String what) {
            return new CorruptionException(what, file, offset, null);
        }
    }

    /** Refuses a record of a table that it cannot be of. */
    void check(RecordView record, String file) {
        Table table = find(record.table());
        if (table == null && record.table() != Table.SYSTEM_ID) {
            throw new Place(file, record.offset())
                    .corruption(
                            "a record of table " + record.table() + ", which is not registered");
        }
        if (table != null
                && table.spec().order() == TableSpec.Order.HEIGHT
                && !record.isKeyedByHeight()) {
            throw new Place(file, record.offset())
                    .corruption(
                            "a record of table " + table.name() + " whose key is not its height");
        }
    }

    static byte[] encode(Table table) {
        MemorySegment value = MemorySegment.ofArray(new byte[LENGTH]);
        boolean byKey = table.spec().order() == TableSpec.Order.KEY;
        value.set(LittleEndian.SHORT, TABLE_OFFSET, (short) table.id());
        value.set(
                ValueLayout.JAVA_BYTE,
                ORDER_OFFSET,
                (byte) (byKey ? ORDER_BY_KEY : ORDER_BY_HEIGHT));
        value.set(ValueLayout.JAVA_BYTE, STATE_OFFSET, (byte) STATE_EXISTS);
        value.set(
                ValueLayout.JAVA_BYTE,
                DEDUPLICATED_OFFSET,
                (byte) (table.spec().isDeduplicated() ? DEDUPLICATED : 0));
        return value.toArray(ValueLayout.JAVA_BYTE);
    }

    /** The table that a REGISTRY record registers. */
    static Table decode(RecordView record, String file) {
        return decode(record.key(), record.storedValue(), new Place(file, record.offset()));
    }

    /** The table of that name and registration, as {@link #encode} gives it. */
    static Table decode(MemorySegment name, MemorySegment value, Place place) {
        if (value.byteSize() != LENGTH) {
            throw place.corruption(
                    "a registry entry of " + value.byteSize() + " bytes, not " + LENGTH);
        }
        int order = value.get(ValueLayout.JAVA_BYTE, ORDER_OFFSET);
        int state = value.get(ValueLayout.JAVA_BYTE, STATE_OFFSET);
        int deduplicated = value.get(ValueLayout.JAVA_BYTE, DEDUPLICATED_OFFSET);
        boolean known =
                (order == ORDER_BY_KEY || order == ORDER_BY_HEIGHT)
                        && state == STATE_EXISTS
                        && value.get(ValueLayout.JAVA_BYTE, MUTABILITY_OFFSET) == 0
                        && (deduplicated == 0
                                || deduplicated == DEDUPLICATED && order == ORDER_BY_KEY)
                        && value.get(LittleEndian.LONG, RETENTION_OFFSET) == 0;
        if (!known) {
            throw new FormatVersionException(
                    "a registry entry with order " + order + ", state " + state
                            + " and deduplication " + deduplicated + " is of a later release",
                    place.file(),
                    place.offset(),
                    null);
        }
        int id = Short.toUnsignedInt(value.get(LittleEndian.SHORT, TABLE_OFFSET));
        if (id == Table.SYSTEM_ID) {
            throw place.corruption("a table is registered with the store's own id");
        }
        try {
            return new Table(
                    id,
                    new TableSpec(
                            new String(name.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8),
                            order == ORDER_BY_KEY ? TableSpec.Order.KEY : TableSpec.Order.HEIGHT,
                            deduplicated == DEDUPLICATED
                                    ? TableSpec.Keys.DEDUPLICATED
                                    : TableSpec.Keys.REPEATED));
        } catch (IllegalArgumentException e) {
            throw new CorruptionException(
                    "a table is registered with a name that none has",
                    place.file(),
                    place.offset(),
                    e);
        }
    }
}
