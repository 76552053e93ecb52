package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A share of the block's keys, and the lock under which more are added.
 *
 * <p>Assumes: cells are added under the write lock, and never removed while a block runs.
 *
 * <p>Guarantees: {@link #find} needs no lock. It may miss a cell that is just being added; who then
 * adds it under the lock finds it.
 *
 * <p>Progress: lookups are wait-free; nothing waits here, {@link VersionStore} does, and no code of
 * a caller runs under the lock.
 *
 * <p>Memory ordering: table, entries and the block number are stored with release after what they
 * lead to, and loaded with acquire. A table left by an earlier block is emptied before the number
 * says that it belongs to this one.
 */
@SuppressWarnings("unused") // the padding
final class Stripe extends StampedLock {

    private static final long serialVersionUID = 1L;

    private static final int MIN_SLOTS = 4;
    private static final VarHandle SLOT =
            MethodHandles.arrayElementVarHandle(VersionedCell[].class);
    private static final VarHandle TABLE;
    private static final VarHandle BLOCK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TABLE = lookup.findVarHandle(Stripe.class, "table", VersionedCell[].class);
            BLOCK = lookup.findVarHandle(Stripe.class, "block", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private transient @Nullable VersionedCell[] table = new @Nullable VersionedCell[MIN_SLOTS];
    private transient int size;
    private transient long block;

    // Two locks 128 bytes apart do not share a pair of cache lines.
    private transient long pad0;
    private transient long pad1;
    private transient long pad2;
    private transient long pad3;
    private transient long pad4;
    private transient long pad5;
    private transient long pad6;
    private transient long pad7;

    /** The cell of a key, or null if it seems to have none in this block. */
    @Nullable VersionedCell find(byte[] key, long hash, long currentBlock) {
        if ((long) BLOCK.getAcquire(this) != currentBlock) {
            return null;
        }
        VersionedCell[] slots = (VersionedCell[]) TABLE.getAcquire(this);
        int mask = slots.length - 1;
        int slot = slotOf(hash, mask);
        while (true) {
            VersionedCell cell = (VersionedCell) SLOT.getAcquire(slots, slot);
            if (cell == null || cell.holds(key, hash)) {
                return cell;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** Adds a cell whose key has none. Under the write lock. */
    void add(VersionedCell cell, long currentBlock) {
        if (block != currentBlock) {
            Arrays.fill(table, null);
            size = 0;
            BLOCK.setRelease(this, currentBlock);
        }
        size++;
        if (size * 2 > table.length) {
            grow();
        }
        insert(table, cell);
    }

    /** A larger copy; readers of the old table miss at most what is added from now on. */
    private void grow() {
        @Nullable VersionedCell[] larger = new @Nullable VersionedCell[table.length * 2];
        for (VersionedCell cell : table) {
            if (cell != null) {
                insert(larger, cell);
            }
        }
        TABLE.setRelease(this, larger);
    }

    private static void insert(@Nullable VersionedCell[] slots, VersionedCell cell) {
        int mask = slots.length - 1;
        int slot = slotOf(cell.hash(), mask);
        while (slots[slot] != null) {
            slot = (slot + 1) & mask;
        }
        SLOT.setRelease(slots, slot, cell);
    }

    /** The low bits have chosen the stripe. */
    private static int slotOf(long hash, int mask) {
        return (int) (hash >>> 32) & mask;
    }
}
