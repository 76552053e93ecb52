package dev.varve.logstore;

/**
 * A registered table of one store. Obtained from {@link LogStore#table}; valid as long as the store
 * is open, and never for another store.
 *
 * @param id 1 to 65,535
 */
public record Table(int id, TableSpec spec) {

    /** Id of the store's own records. */
    static final int SYSTEM_ID = 0;

    static final int MAX_ID = 0xFFFF;

    /** The table's name. */
    public String name() {
        return spec.name();
    }
}
