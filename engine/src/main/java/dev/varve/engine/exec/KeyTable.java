package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a block in a hash table with linear probing. Cells are numbered in the order of their
 * first appearance and reused by the next block.
 *
 * <p>Assumes: one thread interns and clears; others may look up only while nothing is interned, and
 * after a hand-over that orders them after it (starting the workers of a block does).
 */
final class KeyTable {

    private static final int MIN_SLOTS = 64;
    private static final Cell[] NO_CELLS = {};

    private @Nullable Cell[] slots = new @Nullable Cell[MIN_SLOTS];
    private Cell[] cells = NO_CELLS;
    private int size;

    int size() {
        return size;
    }

    Cell cell(int id) {
        return cells[id];
    }

    /** The cell of a key, added if it is new. */
    Cell intern(byte[] key, long hash) {
        int slot = slotOf(key, hash);
        Cell found = slots[slot];
        if (found != null) {
            return found;
        }
        Cell cell = nextCell();
        cell.reset(key, hash);
        cell.tableSlot = slot;
        slots[slot] = cell;
        if (size * 2 > slots.length) {
            grow();
        }
        return cell;
    }

    @Nullable Cell find(byte[] key, long hash) {
        return slots[slotOf(key, hash)];
    }

    /** Forgets all keys; costs time in proportion to their number, not to the table's length. */
    void clear() {
        for (int i = 0; i < size; i++) {
            slots[cells[i].tableSlot] = null;
            cells[i].forgetValue();
        }
        size = 0;
    }

    private int slotOf(byte[] key, long hash) {
        int mask = slots.length - 1;
        int slot = (int) hash & mask;
        while (true) {
            Cell cell = slots[slot];
            if (cell == null || cell.holds(key, hash)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    private Cell nextCell() {
        if (size == cells.length) {
            int old = cells.length;
            cells = Arrays.copyOf(cells, Math.max(MIN_SLOTS, old * 2));
            for (int i = old; i < cells.length; i++) {
                cells[i] = new Cell();
                cells[i].id = i;
            }
        }
        return cells[size++];
    }

    private void grow() {
        slots = new @Nullable Cell[slots.length * 2];
        int mask = slots.length - 1;
        for (int i = 0; i < size; i++) {
            int slot = (int) cells[i].hash() & mask;
            while (slots[slot] != null) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = cells[i];
            cells[i].tableSlot = slot;
        }
    }
}
