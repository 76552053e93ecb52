package dev.varve.sync;

import dev.varve.engine.dedup.Reservation;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.PendingTable.Write;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * What one step of a stage works with: tables to read and to write, its budget, and its notes for
 * the next step. Valid until {@link Stage#forward} returns; for the thread that called it.
 *
 * <p>A stage writes only tables that it owns, and only at heights of its range, so that what it
 * wrote can be taken back by height. It reads its own tables and those of its inputs. Reading shows
 * the newest value of a key: what the commit in the making holds, this step's writes and in tip
 * mode those of the stages before it included, else what is committed. Inputs may be far ahead, so
 * a table of theirs whose keys are updated may already show a later state than that of the range.
 *
 * <p>Work that reads on other threads, as the base of a block executor does, takes a snapshot of
 * the store inside of {@link Stage#forward}, which shows what is committed, and keeps what this
 * step wrote beside it.
 *
 * <p>A table that the stage may not use is an {@link IllegalArgumentException}, and so is a height
 * outside of the range.
 */
public final class StepContext {

    private final StageRun stage;
    private final CommitUnit unit;
    private final HeightRange range;
    private final Budget budget;
    private final StopSignal stop;
    private @Nullable ItemId lineage;
    private byte @Nullable [] cursor;
    private long highest = -1;
    private long items;
    private long bytes;
    private long nanos;
    private boolean ended;

    StepContext(
            StageRun stage, CommitUnit unit, HeightRange range, Budget budget, StopSignal stop) {
        this.stage = stage;
        this.unit = unit;
        this.range = range;
        this.budget = budget;
        this.stop = stop;
    }

    // ---- reading

    /** The value of a key, or null if it has none. */
    public byte @Nullable [] get(TableSpec table, byte[] key) {
        return unit.read(readable(table, TableSpec.Order.KEY), key);
    }

    /** The value at a height, or null if it has none. */
    public byte @Nullable [] get(TableSpec table, long height) {
        return unit.read(readable(table, TableSpec.Order.HEIGHT), height);
    }

    // ---- writing

    /** Puts a value for a key of a table found by key. Key and value are copied. */
    public void put(TableSpec table, long height, byte[] key, byte[] value) {
        Table owned = writable(table, TableSpec.Order.KEY, height);
        write(owned, new Write(height, key.clone(), value.clone()));
    }

    /** Puts the value at a height of a table found by height. The value is copied. */
    public void put(TableSpec table, long height, byte[] value) {
        Table owned = writable(table, TableSpec.Order.HEIGHT, height);
        write(owned, new Write(height, Write.NO_KEY, value.clone()));
    }

    /** Removes the value of a key of a table found by key, from {@code height} on. */
    public void delete(TableSpec table, long height, byte[] key) {
        Table owned = writable(table, TableSpec.Order.KEY, height);
        write(owned, new Write(height, key.clone(), null));
    }

    /** Removes the value at a height of a table found by height. */
    public void delete(TableSpec table, long height) {
        Table owned = writable(table, TableSpec.Order.HEIGHT, height);
        write(owned, new Write(height, Write.NO_KEY, null));
    }

    /**
     * Adds the records of the ids that a gate has reserved, the only way for records into a
     * deduplicated table. The ids are in once the commit is, and free again if the step is dropped
     * or this refuses them. Only the commit settles the reservation, after the step: so a step
     * reserves all its ids in one request, for those of another one are held by itself.
     */
    public void add(Reservation reservation) {
        boolean added = false;
        try {
            Table owned = owned(reservation.table().spec(), TableSpec.Order.KEY);
            reservation.forEach((height, id, value) -> checkHeight(height));
            reservation.forEach(
                    (height, id, value) ->
                            write(owned, new Write(height, bytes(id), bytes(value))));
            unit.add(reservation);
            added = true;
        } finally {
            if (!added) {
                reservation.giveUp();
            }
        }
    }

    private static byte[] bytes(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    // ---- when to end

    /** What is left of the step; to be asked between any two items. */
    public Budget budget() {
        return budget;
    }

    /**
     * Whether a stop was requested; for work on a single item that takes long. {@link
     * Budget#exhausted()} tells it too.
     */
    public boolean stopRequested() {
        return stop.isRequested();
    }

    // ---- notes

    /**
     * Whether this step goes on exactly where the last step of this stage object ended, so that
     * what the object remembers still holds. False at first, after a step that was dropped, and
     * after somebody else moved the stage: whatever it remembers must then be read from the tables
     * again.
     */
    public boolean continues() {
        return stage.continues();
    }

    /** A copy of the stage's cursor as its last step left it; empty if there is none. */
    public byte[] cursor() {
        byte[] changed = cursor;
        return changed == null ? unit.progress(stage).cursor() : changed.clone();
    }

    /**
     * Sets the stage's cursor, at most 1 MiB, committed with this step's writes: where to go on
     * within work that {@code next} does not describe. It stays until it is set again; empty
     * removes it. A stage that writes at or above the {@code next} that it returns must have one,
     * or its next step could not know of it.
     */
    public void cursor(byte[] opaque) {
        checkLive();
        if (opaque.length > ProgressDescriptor.MAX_CURSOR_LENGTH) {
            throw new IllegalArgumentException(
                    "a cursor has at most " + ProgressDescriptor.MAX_CURSOR_LENGTH + " bytes, not "
                            + opaque.length);
        }
        cursor = opaque.clone();
    }

    /**
     * States the id of the item at {@code next - 1}, where {@code next} is what the step will
     * return. The pipeline compares it with the target's when a run begins. Not stating it is
     * allowed; an earlier one does not stay.
     */
    public void lineage(ItemId id) {
        checkLive();
        lineage = id;
    }

    /** Counts work in a unit of the stage's own, such as transactions; for display. */
    public void countItems(long more) {
        items += more;
    }

    // ---- for the runner

    /** Where the stage stands after this step. */
    Progress progressAt(long next) {
        Progress before = unit.progress(stage);
        ItemId stated = next == before.next() && lineage == null ? before.lineage() : lineage;
        byte[] noted = cursor == null ? before.cursor() : cursor;
        return new Progress(stage.id(), next, next == 0 ? null : stated, noted);
    }

    /** Highest height written to, or -1. */
    long highest() {
        return highest;
    }

    StageRun stage() {
        return stage;
    }

    HeightRange range() {
        return range;
    }

    /** What was done in this step, once it has ended. */
    Work work() {
        return new Work(items, bytes, nanos);
    }

    void end(long tookNanos) {
        nanos = tookNanos;
        ended = true;
    }

    private Table readable(TableSpec table, TableSpec.Order order) {
        checkLive();
        checkOrder(table, order);
        return stage.readable(table);
    }

    private Table writable(TableSpec table, TableSpec.Order order, long height) {
        Table owned = owned(table, order);
        if (table.isDeduplicated()) {
            throw new IllegalArgumentException(
                    "records come into the deduplicated table " + table.name()
                            + " only with a reservation of its gate, and none is deleted");
        }
        checkHeight(height);
        return owned;
    }

    private Table owned(TableSpec table, TableSpec.Order order) {
        checkLive();
        checkOrder(table, order);
        return stage.owned(table);
    }

    private void checkHeight(long height) {
        if (!range.contains(height)) {
            throw new IllegalArgumentException(
                    "stage " + stage.id() + " writes at height " + height + ", outside of "
                            + range);
        }
    }

    private static void checkOrder(TableSpec table, TableSpec.Order order) {
        if (table.order() != order) {
            throw new IllegalArgumentException(
                    "table " + table.name() + " is found by " + table.order() + ", not by "
                            + order);
        }
    }

    private void write(Table table, Write write) {
        unit.write(table, write);
        long length = write.length();
        highest = Math.max(highest, write.height());
        bytes += length;
        budget.charge(length);
    }

    private void checkLive() {
        if (ended) {
            throw new IllegalStateException("the step of stage " + stage.id() + " has ended");
        }
    }
}
