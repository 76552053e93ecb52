package dev.varve.engine.dedup;

import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.logstore.Batch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids that go to a {@link DuplicateGate} in one call, with the records that they would become, and
 * the answers that come back. Ids and values are copied.
 *
 * <p>Made by {@link DuplicateGate#newRequest}, used again and again, closed by whoever had it made.
 * Belongs to one thread at a time. While a reservation of its ids is not settled, it can be neither
 * cleared nor added to: that is an {@link IllegalStateException}.
 */
public final class IdRequest implements AutoCloseable {

    private static final int BYTES_PER_ID = 48;

    /** The longest array that every JVM has. */
    private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

    private static final int MAX_CAPACITY = MAX_BYTES / BYTES_PER_ID;

    private final DuplicateGate owner;
    private final IdHash hash;
    private final long tableBits;
    private final IdBatch filterBatch;

    private byte[] bytes;
    private MemorySegment memory;
    private int used;

    /** Where the id begins; its value follows it. One more than there are ids. */
    private final int[] starts;

    private final int[] idLengths;
    private final long[] heights;
    private final long[] highs;
    private final long[] lows;
    private final Answer[] answers;

    /** Indexes of ids in work: of those to be decided, then of those claimed. */
    private final int[] open;

    private final PendingId[] claimed;

    /** Ids that the filter cannot tell to be absent: their indexes, and where their bytes lie. */
    private final int[] maybes;

    private final List<MemorySegment> maybeKeys = new ArrayList<>();
    private int count;
    private int openCount;

    /** From the begin of a call until it has found all answers: for good, if it fails. */
    private boolean undecided;

    private @Nullable Batch batch;
    private @Nullable Reservation reservation;
    private boolean closed;

    IdRequest(DuplicateGate owner, IdHash hash, int capacity) {
        this.owner = owner;
        this.hash = hash;
        this.tableBits = owner.tableBits();
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "capacity must be 1 to " + MAX_CAPACITY + ", not " + capacity);
        }
        filterBatch = new IdBatch(hash, capacity);
        bytes = new byte[capacity * BYTES_PER_ID];
        memory = MemorySegment.ofArray(bytes);
        starts = new int[capacity + 1];
        idLengths = new int[capacity];
        heights = new long[capacity];
        highs = new long[capacity];
        lows = new long[capacity];
        answers = new Answer[capacity];
        open = new int[capacity];
        claimed = new PendingId[capacity];
        maybes = new int[capacity];
    }

    /** Removes all ids. */
    public IdRequest clear() {
        checkFree();
        count = 0;
        used = 0;
        undecided = false;
        return this;
    }

    /**
     * Puts an id in, with the height and the value of the record that it is to become, which are
     * copied. Its index is the {@link #size} before.
     *
     * @param id 1 to 1,024 bytes
     * @param height 0 or more
     */
    public IdRequest put(MemorySegment id, long height, MemorySegment value) {
        checkFree();
        if (count == idLengths.length) {
            throw new IllegalArgumentException("the request holds at most " + count + " ids");
        }
        if (height < 0) {
            throw new IllegalArgumentException("a height is 0 or more, not " + height);
        }
        highs[count] = hash.high(id, 0, id.byteSize()) ^ tableBits;
        lows[count] = hash.low(id, 0, id.byteSize());
        heights[count] = height;
        idLengths[count] = (int) id.byteSize();
        append(id, value);
        answers[count] = Answer.ABSENT; // nothing was asked yet
        starts[++count] = used;
        return this;
    }

    /** As {@link #put(MemorySegment, long, MemorySegment)}. */
    public IdRequest put(byte[] id, long height, byte[] value) {
        return put(MemorySegment.ofArray(id), height, MemorySegment.ofArray(value));
    }

    /** Takes both or, if one cannot be read, neither. */
    private void append(MemorySegment id, MemorySegment value) {
        long valueStart = used + id.byteSize();
        long end = valueStart + value.byteSize();
        if (end > bytes.length) {
            if (end > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "a request holds at most " + MAX_BYTES + " bytes, not " + end);
            }
            long length = Math.min(Math.max(end, 2L * bytes.length), MAX_BYTES);
            bytes = Arrays.copyOf(bytes, (int) length);
            memory = MemorySegment.ofArray(bytes);
        }
        MemorySegment.copy(id, 0, memory, used, id.byteSize());
        MemorySegment.copy(value, 0, memory, valueStart, value.byteSize());
        used = (int) end;
    }

    /** How many ids are in. */
    public int size() {
        return count;
    }

    /**
     * The last call's answer for one id.
     *
     * @throws IllegalStateException if the call failed before it had all answers, unless the id
     *     was {@link Answer#ADDED} before
     */
    public Answer answer(int index) {
        Answer answer = answers[checkIndex(index)];
        requireDecided(answer);
        return answer;
    }

    /** As far as the call that is going on knows. */
    Answer current(int index) {
        return answers[index];
    }

    /**
     * Else who goes on behind an error would take the ids that it hid for absent, or for reserved,
     * or what is not durable for there.
     */
    private void requireDecided(Answer answer) {
        if (undecided && answer != Answer.ADDED) {
            throw new IllegalStateException("the last call failed: only what was added is known");
        }
    }

    /**
     * How many ids had that answer.
     *
     * @throws IllegalStateException if the last call failed before it had all answers, unless
     *     {@link Answer#ADDED} is asked
     */
    public int count(Answer answer) {
        requireDecided(answer);
        int found = 0;
        for (int i = 0; i < count; i++) {
            found += answers[i] == answer ? 1 : 0;
        }
        return found;
    }

    /** The bytes of one id, until the request is cleared. */
    public MemorySegment id(int index) {
        return memory.asSlice(starts[checkIndex(index)], idLengths[index]).asReadOnly();
    }

    /**
     * Frees the memory outside of the heap; a reservation of its ids may go on, and the answers
     * can be read. All else is an {@link IllegalStateException} from then on.
     */
    @Override
    public void close() {
        closed = true;
        if (batch != null) {
            batch.close();
            batch = null;
        }
    }

    private int checkIndex(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("index " + index + " of " + count + " ids");
        }
        return index;
    }

    private void checkFree() {
        if (closed) {
            throw new IllegalStateException("the request is closed");
        }
        if (reservation != null && !reservation.isSettled()) {
            throw new IllegalStateException("a reservation of these ids is not settled");
        }
    }

    // ---- for the gate

    /** Begins a call of a gate: all ids are to be decided. */
    void begin(DuplicateGate gate) {
        if (gate != owner) {
            throw new IllegalArgumentException(
                    "the request was made by the gate of table " + owner.table().name()
                            + ", not of " + gate.table().name());
        }
        checkFree();
        for (int i = 0; i < count; i++) {
            open[i] = i;
            answers[i] = Answer.ABSENT;
        }
        openCount = count;
        undecided = true;
    }

    /** All ids have their answers. */
    void decided() {
        undecided = false;
    }

    void heldBy(Reservation holder) {
        reservation = holder;
    }

    int openCount() {
        return openCount;
    }

    int open(int place) {
        return open[place];
    }

    /** Keeps only those ids that have the answer; their order stays. */
    void keepOpen(Answer answer) {
        int kept = 0;
        for (int place = 0; place < openCount; place++) {
            if (answers[open[place]] == answer) {
                open[kept++] = open[place];
            }
        }
        openCount = kept;
    }

    void answer(int index, Answer answer) {
        answers[index] = answer;
    }

    PendingId pending(int index) {
        return new PendingId(highs[index], lows[index], key(index));
    }

    void claimed(int index, PendingId id) {
        claimed[index] = id;
    }

    PendingId claimed(int index) {
        return claimed[index];
    }

    MemorySegment key(int index) {
        return memory.asSlice(starts[index], idLengths[index]);
    }

    void addMaybe(int index, MemorySegment key) {
        maybes[maybeKeys.size()] = index;
        maybeKeys.add(key);
    }

    int maybe(int place) {
        return maybes[place];
    }

    List<MemorySegment> maybeKeys() {
        return maybeKeys;
    }

    /** The open ids with that answer, in order, to be given to the filter; none is a maybe yet. */
    IdBatch hashesOf(Answer answer) {
        filterBatch.clear();
        maybeKeys.clear();
        for (int place = 0; place < openCount; place++) {
            int index = open[place];
            if (answers[index] == answer) {
                filterBatch.putHash(highs[index], lows[index]);
            }
        }
        return filterBatch;
    }

    /** Shows the records of the open ids that are reserved, in order. */
    void forEachReserved(Reservation.RecordVisitor visitor) {
        for (int place = 0; place < openCount; place++) {
            int index = open[place];
            if (answers[index] == Answer.RESERVED) {
                int value = starts[index] + idLengths[index];
                visitor.accept(
                        heights[index],
                        key(index),
                        memory.asSlice(value, starts[index + 1] - value));
            }
        }
    }

    /** A batch of this request's own, empty. */
    Batch ownBatch() {
        Batch own = batch;
        if (own == null) {
            own = owner.newBatch();
            batch = own;
        }
        return own.clear();
    }
}
