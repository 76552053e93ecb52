package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.ALIGNMENT;
import static dev.varve.logstore.format.RecordDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.FLAGS_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.FLAG_COMPRESSED;
import static dev.varve.logstore.format.RecordDescriptor.HEIGHT_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KEY_LENGTH_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KEY_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KIND_DELETE;
import static dev.varve.logstore.format.RecordDescriptor.KIND_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.KIND_PUT;
import static dev.varve.logstore.format.RecordDescriptor.KIND_REGISTRY;
import static dev.varve.logstore.format.RecordDescriptor.MAX_KEY_LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.TABLE_OFFSET;
import static dev.varve.logstore.format.RecordDescriptor.VALUE_LENGTH_OFFSET;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.run.CountedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records that become visible together. Encodes each one as it is added, checksum and hash
 * included, so that committing only copies.
 *
 * <p>Filled by one thread at a time; handed to {@link LogStore#commit} it must not be touched until
 * that returns, and must then be {@link #clear cleared} before it is filled and committed again.
 * Obtained from {@link LogStore#newBatch()} and closed by whoever obtained it. Within one batch a
 * later record of a key hides an earlier one.
 *
 * <p>What the batch cannot take is an {@link IllegalArgumentException}, and leaves it as it was: a
 * key or height out of bounds, more than 192 MiB of records, a table that the store does not have
 * or that is found otherwise. So are records of a {@linkplain TableSpec#deduplicated deduplicated}
 * table, which come from its {@link SoleWriter}, and deleting one. Adding to a closed batch and
 * committing it are an {@link IllegalStateException}.
 */
public final class Batch implements AutoCloseable {

    private static final int INITIAL_BYTES = 16 << 10;
    private static final Settlement[] NONE = {};

    private static final int KIND_PUT_COMPRESSED =
            KIND_PUT | FLAG_COMPRESSED << Byte.SIZE * (FLAGS_OFFSET - KIND_OFFSET);

    private final IdHash idHash;
    private final TableRegistry registry;
    private final long maxBytes;
    private final CountedMemory counted;
    private final CRC32C crc = new CRC32C();
    private final byte[] heightKey = new byte[Long.BYTES];
    private final MemorySegment heightKeySegment = MemorySegment.ofArray(heightKey);
    private Arena arena;
    private MemorySegment memory;
    private ByteBuffer view;
    private @Nullable Table checkedTable;
    private @Nullable ValuePacker packer;
    private int length;
    private int count;
    private long payloadBytes;

    /** Sequence of the commit that wrote the records, 0 if none did. */
    private long committed;

    private long[] hashes = new long[64];
    private final List<Settlement> settlements = new ArrayList<>();

    /**
     * @param counted counts the memory of the store's batches
     */
    Batch(IdHash idHash, TableRegistry registry, long maxBytes, CountedMemory counted) {
        this.counted = counted;
        this.idHash = idHash;
        this.registry = registry;
        this.maxBytes = maxBytes;
        this.arena = counted.arena();
        this.memory = arena.allocate(INITIAL_BYTES, ALIGNMENT);
        this.view = memory.asByteBuffer();
    }

    /**
     * Adds a value for a key of a table found by key. Both are copied.
     *
     * @param height that of the block, 0 or more
     * @param key 1 to 1,024 bytes
     */
    public Batch put(Table table, long height, MemorySegment key, MemorySegment value) {
        checkTable(table, TableSpec.Order.KEY);
        addPut(table, height, key, value);
        return this;
    }

    /** As {@link #put(Table, long, MemorySegment, MemorySegment)}. */
    public Batch put(Table table, long height, byte[] key, byte[] value) {
        return put(table, height, MemorySegment.ofArray(key), MemorySegment.ofArray(value));
    }

    /** Removes the value of a key of a table found by key, from {@code height} on. */
    public Batch delete(Table table, long height, MemorySegment key) {
        checkTable(table, TableSpec.Order.KEY);
        add(table.id(), KIND_DELETE, height, key, MemorySegment.NULL);
        return this;
    }

    /** As {@link #delete(Table, long, MemorySegment)}. */
    public Batch delete(Table table, long height, byte[] key) {
        return delete(table, height, MemorySegment.ofArray(key));
    }

    /** Adds the value at a height of a table found by height. */
    public Batch put(Table table, long height, MemorySegment value) {
        checkTable(table, TableSpec.Order.HEIGHT);
        addPut(table, height, keyOf(height), value);
        return this;
    }

    /** As {@link #put(Table, long, MemorySegment)}. */
    public Batch put(Table table, long height, byte[] value) {
        return put(table, height, MemorySegment.ofArray(value));
    }

    /** Removes the value at a height of a table found by height. */
    public Batch delete(Table table, long height) {
        checkTable(table, TableSpec.Order.HEIGHT);
        add(table.id(), KIND_DELETE, height, keyOf(height), MemorySegment.NULL);
        return this;
    }

    /** How many records were added. */
    public int count() {
        return count;
    }

    /** Bytes of the records added, as they will stand in the log. */
    public long length() {
        return length;
    }

    /** Bytes of keys and values added, as they are stored. */
    long payloadBytes() {
        return payloadBytes;
    }

    /**
     * Lets somebody know once what becomes of the records. Clearing or closing the batch aborts
     * them, unless it was committed; a commit that throws leaves them undecided until then.
     */
    public Batch whenSettled(Settlement settlement) {
        checkOpen();
        settlements.add(Objects.requireNonNull(settlement, "settlement"));
        return this;
    }

    /** Told once, in the thread that commits, clears or closes the batch. */
    public interface Settlement {

        /** The records are visible, and durable as the ticket says. */
        void committed(CommitTicket ticket);

        /** The records will not become visible. */
        void aborted();
    }

    void committed(CommitTicket ticket) {
        committed = count == 0 ? committed : ticket.sequence();
        settle(settlement -> settlement.committed(ticket));
    }

    /**
     * Tells all, even if one of them throws, or clears the batch: then the others are not told of
     * another end than the records had. One that registers again waits for the next.
     */
    private void settle(Consumer<Settlement> outcome) {
        if (settlements.isEmpty()) {
            return;
        }
        Settlement[] told = settlements.toArray(NONE);
        settlements.clear();
        Throwable failure = null;
        for (Settlement settlement : told) {
            try {
                outcome.accept(settlement);
            } catch (RuntimeException | Error e) {
                failure = failure == null ? e : failure;
            }
        }
        switch (failure) {
            case null -> {}
            case Error e -> throw e;
            case Throwable e -> throw (RuntimeException) e;
        }
    }

    /** Drops all records; the memory is kept, but for what long compressed values took. */
    public Batch clear() {
        length = 0;
        count = 0;
        payloadBytes = 0;
        committed = 0;
        if (packer != null) {
            packer.trim();
        }
        settle(Settlement::aborted);
        return this;
    }

    /** Frees the memory; idempotent. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            checkedTable = null; // so that the next record finds out
        }
        settle(Settlement::aborted);
    }

    /** The encoded records, each at a multiple of 16, without page padding. */
    MemorySegment memory() {
        return memory;
    }

    /** Hash of the key of the {@code index}-th record. */
    long hash(int index) {
        return hashes[index];
    }

    void checkOpen() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the batch is closed");
        }
    }

    /** What a commit wrote would be written a second time. */
    void checkNotCommitted() {
        if (committed != 0 && count > 0) {
            throw new IllegalStateException(
                    "the batch was committed as number " + committed
                            + "; clear it before it is committed again");
        }
    }

    /** The hashes are of one store's key, and so are the tables. */
    void checkMadeFor(TableRegistry other) {
        if (registry != other) {
            throw new IllegalArgumentException("the batch was made by another store");
        }
    }

    /** Adds a value for a key of a deduplicated table; for its {@link SoleWriter}. */
    void putSole(Table table, long height, MemorySegment key, MemorySegment value) {
        checkOpen();
        addPut(table, height, key, value);
    }

    void register(String name, MemorySegment value) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        add(Table.SYSTEM_ID, KIND_REGISTRY, 0, MemorySegment.ofArray(key), value);
    }

    /** A record of a table that is not registered would make the log unreadable for ever. */
    private void checkTable(Table table, TableSpec.Order order) {
        if (!table.equals(checkedTable) || table.spec().order() != order) {
            checkOpen();
            registry.check(table, order);
            if (table.spec().isDeduplicated()) {
                throw new IllegalArgumentException(
                        "records come into the deduplicated table " + table.name()
                                + " only through its gate, and none is deleted");
            }
            checkedTable = table;
        }
    }

    private MemorySegment keyOf(long height) {
        for (int i = 0; i < Long.BYTES; i++) {
            heightKey[i] = (byte) (height >>> (56 - 8 * i));
        }
        return heightKeySegment;
    }

    private void addPut(Table table, long height, MemorySegment key, MemorySegment value) {
        int compressFrom = table.spec().compressFrom();
        long length = value.byteSize();
        if (compressFrom > 0 && length >= compressFrom && length <= maxBytes) {
            int packed = packer().pack(value);
            if (packed > 0) {
                MemorySegment stored = packer().packed().asSlice(0, packed);
                add(table.id(), KIND_PUT_COMPRESSED, height, key, stored);
                return;
            }
        }
        add(table.id(), KIND_PUT, height, key, value);
    }

    private ValuePacker packer() {
        ValuePacker made = packer;
        if (made == null) {
            made = new ValuePacker();
            packer = made;
        }
        return made;
    }

    /**
     * @param kind the record's kind, and its flags in the byte above, as they stand in the record
     */
    private void add(int table, int kind, long height, MemorySegment key, MemorySegment value) {
        long keyLength = key.byteSize();
        long valueLength = value.byteSize();
        if (keyLength < 1 || keyLength > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a key has 1 to " + MAX_KEY_LENGTH + " bytes, not " + keyLength);
        }
        if (height < 0) {
            throw new IllegalArgumentException("a height is 0 or more, not " + height);
        }
        long recordLength = recordLength((int) keyLength, valueLength);
        if (valueLength > maxBytes || length + recordLength > maxBytes) {
            throw new IllegalArgumentException(
                    "a batch holds at most " + maxBytes + " bytes, not " + (length + recordLength));
        }
        int offset = length;
        ensure(offset + (int) recordLength);
        // What is left of the last unit is padding, the rest is written below.
        memory.set(LittleEndian.LONG, offset + recordLength - ALIGNMENT, 0);
        memory.set(LittleEndian.LONG, offset + recordLength - Long.BYTES, 0);
        memory.set(LittleEndian.INT, offset + VALUE_LENGTH_OFFSET, (int) valueLength);
        memory.set(LittleEndian.LONG, offset + HEIGHT_OFFSET, height);
        memory.set(LittleEndian.SHORT, offset + TABLE_OFFSET, (short) table);
        memory.set(LittleEndian.SHORT, offset + KEY_LENGTH_OFFSET, (short) keyLength);
        memory.set(LittleEndian.SHORT, offset + KIND_OFFSET, (short) kind); // with flags
        MemorySegment.copy(key, 0, memory, offset + KEY_OFFSET, keyLength);
        MemorySegment.copy(value, 0, memory, offset + KEY_OFFSET + keyLength, valueLength);
        int end = offset + KEY_OFFSET + (int) (keyLength + valueLength);
        memory.set(LittleEndian.INT, offset + CRC_OFFSET, crcOf(offset, end));
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] =
                KeyHash.of(idHash, table, memory, offset + KEY_OFFSET, keyLength);
        length = offset + (int) recordLength;
        payloadBytes += keyLength + valueLength;
    }

    private int crcOf(int recordOffset, int end) {
        crc.reset();
        view.limit(end).position(recordOffset + VALUE_LENGTH_OFFSET);
        crc.update(view);
        return (int) crc.getValue();
    }

    /** Bytes of a record with its alignment. */
    static long recordLength(int keyLength, long valueLength) {
        return (KEY_OFFSET + keyLength + valueLength + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void ensure(int needed) {
        if (needed <= memory.byteSize()) {
            return;
        }
        long capacity = memory.byteSize();
        while (capacity < needed) {
            capacity = Math.min(2 * capacity, Math.max(maxBytes, needed));
        }
        Arena larger = counted.arena();
        MemorySegment copy = larger.allocate(capacity, ALIGNMENT);
        MemorySegment.copy(memory, 0, copy, 0, length);
        arena.close();
        arena = larger;
        memory = copy;
        view = copy.asByteBuffer();
    }
}
