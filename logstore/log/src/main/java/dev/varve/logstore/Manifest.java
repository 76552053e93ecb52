package dev.varve.logstore;

import static dev.varve.logstore.format.ManifestDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.DURABLE_POSITION_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.HASH_KEY_HIGH_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.HASH_KEY_LOW_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.HEIGHTS_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INCARNATION_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_FRAME_CRC_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_POSITION_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.INDEXED_SEQUENCE_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.LAST_SEQUENCE_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.LENGTH;
import static dev.varve.logstore.format.ManifestDescriptor.MAGIC;
import static dev.varve.logstore.format.ManifestDescriptor.MAGIC_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.ROLLBACK_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.RUN_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.STATE_CLEAN;
import static dev.varve.logstore.format.ManifestDescriptor.STATE_IN_USE;
import static dev.varve.logstore.format.ManifestDescriptor.STATE_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.STORE_ID_HIGH_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.STORE_ID_LOW_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.TABLE_COUNT_OFFSET;
import static dev.varve.logstore.format.ManifestDescriptor.VERSION;
import static dev.varve.logstore.format.ManifestDescriptor.VERSION_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageFullException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The contents of the file {@code MANIFEST}: who the store is, what was durable, and what the files
 * of the index cover.
 */
record Manifest(
        StoreId storeId,
        long hashKeyHigh,
        long hashKeyLow,
        long durablePosition,
        long lastSequence,
        long incarnation,
        State state,
        IndexedLog indexed) {

    static final String FILE = "MANIFEST";
    static final String TEMPORARY_FILE = "MANIFEST.tmp";

    /**
     * A longer one was not written by anybody, as {@link Catalog#nextManifestLength} sees to. It
     * bounds what reading allocates.
     */
    static final long MAX_LENGTH = 64 << 20;

    /** Whether somebody may be writing, or was when the power went. */
    enum State {
        CLEAN,
        IN_USE
    }

    /** What the open that writes now, of that incarnation, has to say. */
    Manifest with(
            long newDurablePosition, long newLastSequence, long newIncarnation, State newState) {
        return new Manifest(
                storeId,
                hashKeyHigh,
                hashKeyLow,
                newDurablePosition,
                newLastSequence,
                newIncarnation,
                newState,
                indexed);
    }

    /** As this one, with another index; what that covers is durable. */
    Manifest with(IndexedLog newIndexed) {
        boolean further = newIndexed.position() > durablePosition;
        return new Manifest(
                storeId,
                hashKeyHigh,
                hashKeyLow,
                further ? newIndexed.position() : durablePosition,
                further ? newIndexed.sequence() : lastSequence,
                incarnation,
                state,
                newIndexed);
    }

    /**
     * Replaces the manifest; durable on return.
     *
     * @return how many bytes that took
     */
    long write(Storage storage) {
        MemorySegment memory = encode();
        try (StorageFile file = storage.createOrEmpty(TEMPORARY_FILE)) {
            file.write(memory, 0);
            file.force();
        }
        storage.rename(TEMPORARY_FILE, FILE);
        forceName(storage);
        return memory.byteSize();
    }

    /** The file has its name by now: who is told of no space would take nothing for changed. */
    private static void forceName(Storage storage) {
        try {
            storage.forceDirectory();
        } catch (StorageFullException e) {
            throw new StorageException(
                    "the manifest's name cannot be forced", FILE, StorageException.NO_OFFSET, e);
        }
    }

    private MemorySegment encode() {
        MemorySegment memory = MemorySegment.ofArray(new byte[(int) ManifestEntries.end(indexed)]);
        memory.set(LittleEndian.LONG, MAGIC_OFFSET, MAGIC);
        memory.set(LittleEndian.INT, VERSION_OFFSET, VERSION);
        memory.set(LittleEndian.LONG, STORE_ID_HIGH_OFFSET, storeId.high());
        memory.set(LittleEndian.LONG, STORE_ID_LOW_OFFSET, storeId.low());
        memory.set(LittleEndian.LONG, HASH_KEY_HIGH_OFFSET, hashKeyHigh);
        memory.set(LittleEndian.LONG, HASH_KEY_LOW_OFFSET, hashKeyLow);
        memory.set(LittleEndian.LONG, DURABLE_POSITION_OFFSET, durablePosition);
        memory.set(LittleEndian.LONG, LAST_SEQUENCE_OFFSET, lastSequence);
        memory.set(LittleEndian.LONG, INCARNATION_OFFSET, incarnation);
        int code = state == State.CLEAN ? STATE_CLEAN : STATE_IN_USE;
        memory.set(LittleEndian.INT, STATE_OFFSET, code);
        memory.set(LittleEndian.LONG, INDEXED_POSITION_OFFSET, indexed.position());
        memory.set(LittleEndian.LONG, INDEXED_SEQUENCE_OFFSET, indexed.sequence());
        memory.set(LittleEndian.INT, INDEXED_FRAME_CRC_OFFSET, indexed.frameCrc());
        memory.set(LittleEndian.INT, TABLE_COUNT_OFFSET, indexed.tables().size());
        memory.set(LittleEndian.INT, RUN_COUNT_OFFSET, indexed.runs().size());
        memory.set(LittleEndian.INT, HEIGHTS_COUNT_OFFSET, indexed.heights().size());
        ManifestEntries.encode(indexed, memory);
        memory.set(
                LittleEndian.INT, CRC_OFFSET, Crc.of(memory, 0, memory.byteSize(), CRC_OFFSET));
        return memory;
    }

    /** The store's manifest, or null if there is none. */
    static @Nullable Manifest read(Storage storage) {
        if (!storage.exists(FILE)) {
            return null;
        }
        try (StorageFile file = storage.open(FILE, Storage.Access.READ)) {
            long length = file.length();
            if (length < LENGTH || length > MAX_LENGTH) {
                throw new CorruptionException("not a manifest", FILE, 0, null);
            }
            MemorySegment memory = MemorySegment.ofArray(new byte[(int) length]);
            int read = file.read(memory, 0);
            if (read < length || memory.get(LittleEndian.LONG, MAGIC_OFFSET) != MAGIC) {
                throw new CorruptionException("not a manifest", FILE, 0, null);
            }
            int version = memory.get(LittleEndian.INT, VERSION_OFFSET);
            if (version != VERSION) {
                throw new FormatVersionException(
                        "format version " + version + ", this release reads " + VERSION,
                        FILE,
                        VERSION_OFFSET,
                        null);
            }
            int crc = memory.get(LittleEndian.INT, CRC_OFFSET);
            if (crc != Crc.of(memory, 0, length, CRC_OFFSET)) {
                throw new CorruptionException("manifest checksum is wrong", FILE, 0, null);
            }
            return parse(memory);
        }
    }

    private static Manifest parse(MemorySegment memory) {
        int state = memory.get(LittleEndian.INT, STATE_OFFSET);
        if ((state != STATE_CLEAN && state != STATE_IN_USE)
                || memory.get(LittleEndian.INT, ROLLBACK_COUNT_OFFSET) != 0) {
            throw new FormatVersionException(
                    "state " + state + " or a rollback is of a later release",
                    FILE,
                    STATE_OFFSET,
                    null);
        }
        IndexedLog indexed = ManifestEntries.decode(memory);
        long durable = memory.get(LittleEndian.LONG, DURABLE_POSITION_OFFSET);
        if (durable < indexed.position()) {
            throw new CorruptionException(
                    "durable up to " + durable + ", but indexed up to " + indexed.position(),
                    FILE,
                    DURABLE_POSITION_OFFSET,
                    null);
        }
        return new Manifest(
                new StoreId(
                        memory.get(LittleEndian.LONG, STORE_ID_HIGH_OFFSET),
                        memory.get(LittleEndian.LONG, STORE_ID_LOW_OFFSET)),
                memory.get(LittleEndian.LONG, HASH_KEY_HIGH_OFFSET),
                memory.get(LittleEndian.LONG, HASH_KEY_LOW_OFFSET),
                durable,
                memory.get(LittleEndian.LONG, LAST_SEQUENCE_OFFSET),
                memory.get(LittleEndian.LONG, INCARNATION_OFFSET),
                state == STATE_CLEAN ? State.CLEAN : State.IN_USE,
                indexed);
    }

    /** Random identity of a store, in the manifest and in every file of it. */
    record StoreId(long high, long low) {

        @Override
        public String toString() {
            return String.format(java.util.Locale.ROOT, "%016x%016x", high, low);
        }
    }
}
