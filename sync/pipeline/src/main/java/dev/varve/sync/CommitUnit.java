package dev.varve.sync;

import dev.varve.engine.dedup.Reservation;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One commit in the making: what the stages wrote, where each of them then stands, and what they
 * read against. Nothing of it is in the store before it is committed; dropping it is forgetting it.
 * For one thread.
 *
 * <p>Reads look into the pending writes first, then into the snapshot that was taken when the unit
 * began. That is sound because only the pipeline commits to these tables, and it commits nothing
 * while a unit is open.
 */
final class CommitUnit {

    private final Snapshot snapshot;
    private final ProgressTable progressTable;
    private final boolean whole;
    private final Map<Table, PendingTable> pending = new LinkedHashMap<>();
    private final Map<StageRun, Move> moves = new LinkedHashMap<>();
    private final Deque<Reservation> reservations = new ArrayDeque<>();
    private long ceiling = Long.MAX_VALUE;
    private boolean open = true;

    /**
     * @param whole whether it may be committed only when its stages reached one height
     */
    CommitUnit(LogStore store, ProgressTable progressTable, boolean whole) {
        this.snapshot = store.snapshot();
        this.progressTable = progressTable;
        this.whole = whole;
    }

    // ---- records

    void write(Table table, PendingTable.Write write) {
        pending.computeIfAbsent(table, PendingTable::new).add(write);
    }

    byte @Nullable [] read(Table table, byte[] key) {
        PendingTable written = pending.get(table);
        PendingTable.Write write = written == null ? null : written.find(key);
        return write == null ? snapshot.get(table, key) : write.value();
    }

    byte @Nullable [] read(Table table, long height) {
        PendingTable written = pending.get(table);
        PendingTable.Write write = written == null ? null : written.find(height);
        return write == null ? snapshot.get(table, height) : write.value();
    }

    // ---- progress

    /** Where a stage stands once this unit is committed. */
    Progress progress(StageRun stage) {
        Move move = moves.get(stage);
        return move == null ? stage.progress() : move.to;
    }

    /** A step of a stage was taken. */
    void move(StageRun stage, Progress to, Work work) {
        moves.merge(stage, new Move(to, work), (before, now) -> now.after(before));
    }

    /** Takes over a reservation, whose records were written to the unit. */
    void add(Reservation reservation) {
        reservations.add(reservation);
    }

    /** Ends the unit; what no batch took over is given up. */
    void end() {
        reservations.forEach(Reservation::giveUp);
        reservations.clear();
    }

    /** Gives up this unit: it will not be committed, and the stages are to be called again. */
    void drop() {
        open = false;
    }

    boolean isOpen() {
        return open;
    }

    /** Whether it may be committed only when its stages reached one height. */
    boolean isWhole() {
        return whole;
    }

    /** No further step is to pass this height. */
    void ceiling(long height) {
        ceiling = Math.min(ceiling, height);
    }

    /** The height that no further step is to pass; {@link Long#MAX_VALUE} if there is none. */
    long ceiling() {
        return ceiling;
    }

    /** The stages that moved, in the order in which they did. */
    Map<StageRun, Move> moves() {
        return moves;
    }

    /** Where a stage comes by this unit, and the work for it. */
    record Move(Progress to, Work work) {

        private Move after(Move before) {
            return new Move(to, before.work.plus(work));
        }
    }

    // ---- what a commit takes

    /** The batch takes the reservations over one by one, and settles them. */
    void addRecords(Batch batch) {
        pending.values().forEach(table -> table.addTo(batch));
        while (!reservations.isEmpty()) {
            reservations.remove().addTo(batch);
        }
    }

    void addProgress(Batch batch) {
        progressTable.add(batch, snapshot, moves.values().stream().map(Move::to).toList());
    }
}
