package dev.varve.engine.dedup;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.SoleWriter;
import dev.varve.logstore.Table;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets every id into a {@linkplain dev.varve.logstore.TableSpec#deduplicated deduplicated} table
 * once, exactly.
 *
 * <p>What the filter has not is absent for certain, without I/O. Where the filter says "maybe", the
 * log decides, which keeps the whole id. No lock is held during I/O: whoever decides on an id holds
 * a <i>claim</i> to it ({@link Claims}), and others go on with other ids before they wait for it.
 *
 * <p><b>Guarantees.</b> Of all who add an absent id, at whatever time and in whatever order, one is
 * told {@link Answer#ADDED} (or given the reservation that commits), and the others {@link
 * Answer#DUPLICATE}, neither before the record is durable. Linearizable per id, not per request. Of
 * equal ids in a request the first counts. Adders of {x, y} and of {y, x} do not wait for each
 * other in a circle, because {@link #addAllIfAbsent} logs what it won before it waits.
 *
 * <p><b>Why no id is missed.</b> Bits are set when an id is claimed, so before its record can be
 * visible, and a claim is released only after that. Whoever gets the claim next sees the bits, and
 * looks into a snapshot that he takes then. An id that was given up leaves bits behind, which cost
 * a lookup; it is free again.
 *
 * <p>Safe for use by many threads. A table has one gate, and all writing to the table goes through
 * it: the log gives out one {@link SoleWriter} for it. The filter holds the ids that are in the
 * table already, or says "maybe". Log and filter stay with their owner. An error of the disk is
 * thrown, and never an answer. Once their owner has closed them, calls are a {@link
 * dev.varve.logstore.io.StorageClosedException}.
 */
public final class DuplicateGate {

    /** 2^64 divided by the golden ratio: spreads small table ids over all bits. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final long NOWHERE = -1;

    private final LogStore store;
    private final Table table;
    private final SoleWriter writer;
    private final BloomFilter filter;
    private final long tableBits;
    private final Claims claims;
    private final LongAdder reserved = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder contended = new LongAdder();
    private final LongAdder confirms = new LongAdder();
    private final LongAdder falsePositives = new LongAdder();

    /** What tells whether the filter is closed; null in tests. */
    private @Nullable LogFilter keeper;

    /** For tests that plant a bug; see {@link #over}. */
    DuplicateGate(LogStore store, Table table, BloomFilter filter, Claims claims) {
        this.claims = claims;
        this.store = store;
        this.table = table;
        this.writer = store.soleWriter(table);
        this.filter = filter;
        this.tableBits = tableBits(table.id());
    }

    /**
     * The gate of a table, over the filter that is kept beside the log.
     *
     * @throws IllegalArgumentException if the table is not declared as deduplicated, or the filter
     *     is kept beside another log
     * @throws IllegalStateException if the table has a gate already, or another writer
     */
    public static DuplicateGate over(LogStore store, Table table, LogFilter filter) {
        if (!filter.isBeside(store)) {
            throw new IllegalArgumentException(
                    "the filter does not hold the ids of this store: it is kept beside another");
        }
        DuplicateGate gate = over(store, table, filter.filter());
        gate.keeper = filter;
        filter.register(gate);
        return gate;
    }

    /** For tests: over a filter that does not grow. */
    static DuplicateGate over(LogStore store, Table table, BloomFilter filter) {
        return new DuplicateGate(store, table, filter, new Claims());
    }

    /** What moves the ids of one table apart from those of others in the same filter. */
    private static long tableBits(int table) {
        return table * SPREAD;
    }

    /** Puts the hash of a record's id into a batch, as a gate of its table would. */
    static void put(IdBatch hashes, LogRecord record) {
        IdHash hash = hashes.hash();
        MemorySegment id = record.key();
        hashes.putHash(
                hash.high(id, 0, id.byteSize()) ^ tableBits(record.table()),
                hash.low(id, 0, id.byteSize()));
    }

    /**
     * Adds all ids that are claimed to the filter again. Of ids whose bits were set before, none is
     * missed but those whose records are visible when this returns, or that were given up.
     */
    void addClaimed() {
        claims.forEach(id -> filter.addHash(id.high(), id.low()));
    }

    /** The table that this gate guards. */
    public Table table() {
        return table;
    }

    /**
     * An empty request of at most that many ids; the caller closes it.
     *
     * @param capacity 1 to 44 million
     */
    public IdRequest newRequest(int capacity) {
        return new IdRequest(this, filter.hash(), capacity);
    }

    Batch newBatch() {
        return store.newBatch();
    }

    /** What the high half of an id's hash is moved by. */
    long tableBits() {
        return tableBits;
    }

    // ---- questions

    /** Whether the id was added, durably. One that is being added now may be missed. */
    public boolean exists(MemorySegment id) {
        return existsSince(id, 0);
    }

    /**
     * Whether the id was added, durably, at {@code height} or above: to ask again, when the id was
     * known not to be there below.
     */
    public boolean existsSince(MemorySegment id, long height) {
        try {
            return isThere(id, height);
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    private boolean isThere(MemorySegment id, long height) {
        IdHash hash = filter.hash();
        long high = hash.high(id, 0, id.byteSize()) ^ tableBits;
        if (!filter.mayContainHash(high, hash.low(id, 0, id.byteSize()))) {
            return false;
        }
        Long position =
                confirm(
                        store.snapshot(),
                        id,
                        record -> record.height() < height ? NOWHERE : record.position());
        if (position == null || position == NOWHERE) {
            return false;
        }
        awaitDurable(position);
        return true;
    }

    /** Answers {@link Answer#DUPLICATE} or {@link Answer#ABSENT} for each id, and adds none. */
    public void exists(IdRequest request) {
        request.begin(this);
        try {
            answer(request);
            request.decided();
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    private void answer(IdRequest request) {
        IdBatch hashes = request.hashesOf(Answer.ABSENT);
        filter.mayContain(hashes);
        for (int i = 0; i < request.size(); i++) {
            if (hashes.answer(i)) {
                request.addMaybe(i, request.key(i));
            }
        }
        awaitDurable(confirm(request));
    }

    // ---- additions

    /**
     * Finds out which ids are absent and adds their records to {@code batch}: they are {@link
     * Answer#RESERVED}, for good once the batch commits, and free again when it is cleared or
     * closed without. Never waits for another reservation, whose ids are {@link Answer#CONTENDED}.
     *
     * @return the reservation, which the batch settles
     */
    public Reservation reserve(IdRequest request, Batch batch) {
        Reservation reservation = reserve(request);
        reservation.addTo(batch);
        return reservation;
    }

    /** Does the same, but the caller adds the reservation to a batch later, or gives it up. */
    public Reservation reserve(IdRequest request) {
        request.begin(this);
        Reservation reservation = decide(request);
        request.decided();
        return reservation;
    }

    /**
     * Adds the ids that are absent in commits of its own, and returns when each id is durably
     * {@link Answer#ADDED} or {@link Answer#DUPLICATE}. Waits for others who are adding the same
     * ids; the calling thread must not hold a reservation of one of them.
     */
    public void addAllIfAbsent(IdRequest request) {
        request.begin(this);
        while (request.openCount() > 0) {
            addOpen(request);
            request.keepOpen(Answer.CONTENDED);
            if (request.openCount() > 0) {
                awaitFirst(request);
            }
        }
        request.decided();
    }

    /** The memory of a filter that is closed tells only that, and not which filter it was. */
    private RuntimeException closedOr(IllegalStateException e) {
        LogFilter known = keeper;
        return known == null ? e : known.closedOr(e);
    }

    /** Counters since the gate was made. */
    public GateStats stats() {
        // In this order: a confirm is counted before what it found.
        long notFound = falsePositives.sum();
        return new GateStats(
                reserved.sum(), duplicates.sum(), contended.sum(), confirms.sum(), notFound);
    }

    /** How many ids are held by reservations that are not settled. */
    int pending() {
        return claims.size();
    }

    // ---- one round

    private void addOpen(IdRequest request) {
        Reservation reservation = decide(request);
        if (reservation.count() == 0) {
            reservation.giveUp();
            return;
        }
        Batch batch;
        try {
            batch = request.ownBatch();
        } catch (Throwable t) {
            reservation.giveUp();
            throw t;
        }
        try {
            reservation.addTo(batch);
            store.commit(batch).awaitDurable();
        } finally {
            batch.clear(); // settles it, if no commit did
        }
        for (int place = 0; place < request.openCount(); place++) {
            int index = request.open(place);
            if (request.current(index) == Answer.RESERVED) {
                request.answer(index, Answer.ADDED);
            }
        }
    }

    /** Waits until the first contended id is no longer held by whoever holds it now. */
    private void awaitFirst(IdRequest request) {
        PendingId id = request.pending(request.open(0));
        Reservation holder = claims.holder(id);
        if (holder != null) {
            holder.awaitRelease(id);
        }
    }

    /** Answers every open id of the request with RESERVED, DUPLICATE or CONTENDED. */
    private Reservation decide(IdRequest request) {
        Reservation reservation = new Reservation(claims, request, writer);
        boolean decided = false;
        try {
            claim(request, reservation);
            awaitDurable(confirmClaimed(request, reservation));
            request.heldBy(reservation);
            decided = true;
        } catch (IllegalStateException e) {
            throw closedOr(e);
        } finally {
            if (!decided) {
                reservation.giveUp();
            }
        }
        return reservation;
    }

    private void claim(IdRequest request, Reservation reservation) {
        Set<PendingId> held = Set.of();
        for (int place = 0; place < request.openCount(); place++) {
            int index = request.open(place);
            PendingId id = request.pending(index);
            // Of equal ids the first counts, even if it becomes free before the second's turn.
            boolean heldBefore = held.contains(id);
            Reservation holder = heldBefore ? null : claims.claim(id, reservation);
            if (holder == null && !heldBefore) {
                reservation.hold(id);
                request.claimed(index, id);
                request.answer(index, Answer.RESERVED);
            } else if (holder == reservation) {
                duplicates.increment();
                request.answer(index, Answer.DUPLICATE);
            } else {
                contended.increment();
                request.answer(index, Answer.CONTENDED);
                held = held.isEmpty() ? new HashSet<>() : held;
                held.add(id);
            }
        }
    }

    /**
     * Asks filter and log for the ids that are claimed, and answers those that are there.
     *
     * @return the last position of a record found, or {@link #NOWHERE}
     */
    private long confirmClaimed(IdRequest request, Reservation reservation) {
        IdBatch hashes = request.hashesOf(Answer.RESERVED);
        filter.addIfAbsent(hashes);
        int asked = 0;
        for (int place = 0; place < request.openCount(); place++) {
            int index = request.open(place);
            if (request.current(index) == Answer.RESERVED && !hashes.answer(asked++)) {
                request.addMaybe(index, request.claimed(index).id());
            }
        }
        // After the claims: whatever was added before they were free is in the snapshot.
        long last = confirm(request);
        List<PendingId> present = new ArrayList<>();
        for (int maybe = 0; maybe < request.maybeKeys().size(); maybe++) {
            int index = request.maybe(maybe);
            if (request.current(index) == Answer.DUPLICATE) {
                present.add(request.claimed(index));
            }
        }
        duplicates.add(present.size());
        reservation.letGo(present);
        reserved.add(reservation.count());
        return last;
    }

    /**
     * Looks the ids that may be there up in a snapshot taken now, and answers those that are.
     *
     * @return the last position of a record found, or {@link #NOWHERE}
     */
    private long confirm(IdRequest request) {
        FoundIds found = new FoundIds(request);
        store.snapshot().findAll(table, request.maybeKeys(), found);
        confirms.add(request.maybeKeys().size());
        falsePositives.add(request.maybeKeys().size() - found.count);
        return found.last;
    }

    private @Nullable Long confirm(
            Snapshot snapshot, MemorySegment id, Function<LogRecord, @Nullable Long> reader) {
        confirms.increment();
        Long found = snapshot.find(table, id, reader);
        if (found == null) {
            falsePositives.increment();
        }
        return found;
    }

    /** Answers the ids that a lookup of many finds. */
    private static final class FoundIds implements ObjIntConsumer<LogRecord> {
        private final IdRequest request;
        private int count;
        private long last = NOWHERE;

        FoundIds(IdRequest request) {
            this.request = request;
        }

        @Override
        public void accept(LogRecord record, int maybe) {
            request.answer(request.maybe(maybe), Answer.DUPLICATE);
            last = Math.max(last, record.position());
            count++;
        }
    }

    /** What is durable ends between frames, so a record that begins below it is. */
    private void awaitDurable(long position) {
        if (position >= store.durable()) {
            store.force();
        }
    }
}
