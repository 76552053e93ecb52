package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records come into a deduplicated table in one way, and in no other. */
final class SoleWriterTest {

    private static final byte[] KEY = {1};
    private static final MemorySegment KEY_SEGMENT = MemorySegment.ofArray(KEY);
    private static final TableSpec IDS = TableSpec.deduplicated("ids");

    private final SimDisk disk = new SimDisk();
    private final LogStore store = LogStore.open(disk, LogOptions.bulk());
    private final Table ids = store.table(IDS);
    private final Table plain = store.table(TableSpec.byKey("plain"));
    private final Batch batch = store.newBatch();

    @AfterEach
    void close() {
        batch.close();
        store.close();
    }

    private void assertRefusesAll(Table table) {
        assertThrows(IllegalArgumentException.class, () -> batch.put(table, 1, KEY, KEY));
        assertThrows(
                IllegalArgumentException.class,
                () -> batch.put(table, 1, KEY_SEGMENT, KEY_SEGMENT));
        assertThrows(IllegalArgumentException.class, () -> batch.delete(table, 1, KEY));
        assertThrows(IllegalArgumentException.class, () -> batch.delete(table, 1, KEY_SEGMENT));
    }

    @Test
    void shouldRefuseWhatDoesNotComeFromTheWriter() {
        assertRefusesAll(ids);
        SoleWriter writer = store.soleWriter(ids);
        assertRefusesAll(ids);
        // Whatever was put before: the batch remembers tables that it has looked at.
        batch.put(plain, 1, KEY, KEY);
        assertRefusesAll(ids);
        writer.put(batch, 1, KEY_SEGMENT, KEY_SEGMENT);
        assertRefusesAll(ids);
        assertEquals(2, batch.count());
        store.commit(batch);
        assertArrayEquals(KEY, store.snapshot().get(ids, KEY));
    }

    @Test
    void shouldRefuseATableThatOnlySaysThatItIsNotDeduplicated() {
        assertRefusesAll(new Table(ids.id(), TableSpec.byKey("ids")));
        assertRefusesAll(new Table(plain.id(), IDS));
        assertRefusesAll(new Table(ids.id(), IDS.withCompression(10)));
    }

    @Test
    void shouldHaveOneWriterForATableWhileTheStoreIsOpen() {
        assertEquals(ids, store.soleWriter(ids).table());
        assertThrows(IllegalStateException.class, () -> store.soleWriter(ids));
        Table handledOtherwise = store.table(IDS.withCompression(10));
        assertThrows(IllegalStateException.class, () -> store.soleWriter(handledOtherwise));
        assertThrows(IllegalArgumentException.class, () -> store.soleWriter(plain));
        store.close();
        try (LogStore again = LogStore.open(disk.restart(), LogOptions.bulk())) {
            assertEquals(ids, again.soleWriter(again.table(IDS)).table());
        }
    }

    @Test
    void shouldRefuseTheBatchOfAnotherStore() {
        SoleWriter writer = store.soleWriter(ids);
        try (LogStore other = LogStore.open(new SimDisk(), LogOptions.bulk());
                Batch foreign = other.newBatch()) {
            other.table(IDS);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.put(foreign, 1, KEY_SEGMENT, KEY_SEGMENT));
            assertThrows(IllegalArgumentException.class, () -> other.soleWriter(
                    new Table(7, TableSpec.deduplicated("unknown"))));
        }
        batch.close();
        assertThrows(
                IllegalStateException.class,
                () -> writer.put(batch, 1, KEY_SEGMENT, KEY_SEGMENT));
        assertEquals(0, batch.count());
        assertTrue(store.verify().problems().isEmpty());
    }
}
