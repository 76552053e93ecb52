package dev.varve.sync;

import dev.varve.logstore.LogStore;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where a stage stands, as it is recorded in the store. Immutable. */
public final class Progress {

    private static final byte[] NO_CURSOR = {};

    private final String stage;
    private final long next;
    private final @Nullable ItemId lineage;
    private final byte[] cursor;

    /** Takes the cursor without copying it. */
    Progress(String stage, long next, @Nullable ItemId lineage, byte[] cursor) {
        this.stage = stage;
        this.next = next;
        this.lineage = lineage;
        this.cursor = cursor;
    }

    /** Of a stage that has done nothing. */
    static Progress none(String stage) {
        return new Progress(stage, 0, null, NO_CURSOR);
    }

    /**
     * The progress of every stage that ever committed to a store, whatever pipeline it was part of,
     * in the order of their first commits.
     *
     * @throws dev.varve.logstore.io.FormatVersionException if a later release wrote it
     */
    public static List<Progress> readAll(LogStore store) {
        return ProgressTable.readAll(store);
    }

    /** Id of the stage. */
    public String stage() {
        return stage;
    }

    /** First height that is not done; 0 if nothing is. */
    public long next() {
        return next;
    }

    /** Id of the item at {@code next - 1}, or null if the stage did not state it. */
    public @Nullable ItemId lineage() {
        return lineage;
    }

    /** A copy of what the stage recorded to find its way on; empty if it recorded nothing. */
    public byte[] cursor() {
        return cursor.clone();
    }

    boolean hasCursor() {
        return cursor.length > 0;
    }

    int cursorLength() {
        return cursor.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Progress that
                && stage.equals(that.stage)
                && next == that.next
                && Objects.equals(lineage, that.lineage)
                && Arrays.equals(cursor, that.cursor);
    }

    @Override
    public int hashCode() {
        return Objects.hash(stage, next, lineage, Arrays.hashCode(cursor));
    }

    @Override
    public String toString() {
        return stage + " next=" + next + " lineage=" + lineage + " cursor=" + cursor.length + 'B';
    }
}
