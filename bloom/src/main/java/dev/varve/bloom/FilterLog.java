package dev.varve.bloom;

import static dev.varve.bloom.FilterBlockDescriptor.COUNT_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.DURABLE_POSITION_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.VERSION_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StoragePoisonedException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The write-ahead log of a filter that stands alone: the hashes of the ids added since the last
 * checkpoint, in blocks that are forced before an addition returns.
 *
 * <p>A position counts the bytes of all blocks ever written. A file is named by the position where
 * it begins; the first addition of each opening and each checkpoint begin a new one, so no byte is
 * written twice but those of the last block, when it is kept by recovery; whole files are deleted
 * once a checkpoint covers them. There is always a file. After an addition that failed, nothing
 * more is written; beginning a file may be tried again, for no id has to do with it.
 *
 * <p>Not safe for use by many threads: {@link StandaloneFilter} lets one in at a time.
 */
final class FilterLog implements AutoCloseable {

    /** What an array can hold. */
    static final long MAX_BLOCK_LENGTH = Integer.MAX_VALUE - 8;

    private static final String TEMPORARY = "bloom.ids.tmp";
    private static final int INITIAL_LENGTH = 1 << 16;

    private final Storage storage;
    private final IdHash hash;
    private @Nullable StorageFile file;
    private long base;
    private long end;
    private MemorySegment block = MemorySegment.ofArray(new byte[INITIAL_LENGTH]);
    private @Nullable StorageException poison;

    FilterLog(Storage storage, IdHash hash) {
        this.storage = storage;
        this.hash = hash;
    }

    /** Everything below is durable. */
    long end() {
        return end;
    }

    // ---- writing

    /**
     * Begins the log of a new filter; it is durable on return.
     *
     * @throws StorageException if there is one that holds ids, of a filter that lost its header
     */
    void create() {
        files().forEach(this::requireEmpty);
        begin();
    }

    /** A creation that was cut short leaves the first file, with no block. */
    private void requireEmpty(String name) {
        try (StorageFile in = storage.open(name, Access.READ)) {
            if (basePosition(name) > 0 || in.length() > FilterLogDescriptor.LENGTH) {
                throw new StorageException("a filter's file without its header", name, 0, null);
            }
        }
    }

    /**
     * Has a file ready for {@link #append}. What fails here has changed nothing: to be called
     * before bits are set.
     */
    void prepare() {
        requireSound();
        if (file == null) {
            begin();
        }
    }

    /**
     * Logs those ids of a batch that were answered with true, durably. Never again after one that
     * failed, however it did: the filter may hold bits that are not in the log, and must not take
     * them for logged.
     */
    void append(IdBatch batch) {
        requireSound();
        try {
            appendTrue(batch);
        } catch (StorageException e) {
            poison = e;
            throw e;
        } catch (RuntimeException | Error e) {
            poison =
                    new StorageException(
                            "logging failed: " + e,
                            storage.location(),
                            StorageException.NO_OFFSET,
                            e);
            throw e;
        }
    }

    /**
     * Begins a new file, unless nothing stands in this one; returns where it begins. If that fails,
     * the next call begins it again.
     */
    long roll() {
        requireSound();
        if (file == null || end > base) {
            begin();
        }
        return base;
    }

    private void requireSound() {
        StorageException first = poison;
        if (first != null) {
            throw new StoragePoisonedException(
                    "an earlier write or force failed; reopen the filter: " + first.getMessage(),
                    first.file(),
                    first.offset(),
                    first);
        }
    }

    private void appendTrue(IdBatch batch) {
        int count = batch.trueAnswers();
        if (count == 0) {
            return;
        }
        StorageFile out = Objects.requireNonNull(file, "prepare comes first");
        MemorySegment bytes = encode(batch, count);
        out.write(bytes, FilterLogDescriptor.LENGTH + end - base);
        out.force();
        end += bytes.byteSize();
    }

    private MemorySegment encode(IdBatch batch, int count) {
        long length = FilterBlockDescriptor.LENGTH + (long) count * IdHash.HASH_LENGTH;
        if (block.byteSize() < length) {
            block = MemorySegment.ofArray(new byte[Math.toIntExact(length)]);
        }
        long at = FilterBlockDescriptor.LENGTH;
        for (int i = 0; i < batch.size(); i++) {
            if (batch.answer(i)) {
                block.set(IdHash.LE_LONG, at, batch.high(i));
                block.set(IdHash.LE_LONG, at + Long.BYTES, batch.low(i));
                at += IdHash.HASH_LENGTH;
            }
        }
        MemorySegment bytes = block.asSlice(0, length);
        bytes.set(IdHash.LE_LONG, FilterBlockDescriptor.MAGIC_OFFSET, FilterBlockDescriptor.MAGIC);
        bytes.set(IdHash.LE_INT, COUNT_OFFSET, count);
        bytes.set(IdHash.LE_LONG, POSITION_OFFSET, end);
        bytes.set(IdHash.LE_LONG, DURABLE_POSITION_OFFSET, end);
        bytes.set(IdHash.LE_INT, FilterBlockDescriptor.CRC_OFFSET, crcOf(bytes));
        return bytes;
    }

    /** A file gets its name when it is durable: in place of one that holds no block, if any. */
    private StorageFile begin() {
        MemorySegment header = MemorySegment.ofArray(new byte[FilterLogDescriptor.LENGTH]);
        header.set(IdHash.LE_LONG, FilterLogDescriptor.MAGIC_OFFSET, FilterLogDescriptor.MAGIC);
        header.set(IdHash.LE_INT, VERSION_OFFSET, FilterLogDescriptor.VERSION);
        header.set(IdHash.LE_LONG, BASE_POSITION_OFFSET, end);
        header.set(IdHash.LE_LONG, SELF_TEST_OFFSET, hash.selfTest());
        header.set(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET, Checksum.of(header));
        close();
        try (StorageFile next = storage.createOrEmpty(TEMPORARY)) {
            next.write(header, 0);
            next.force();
        }
        String name = FilterLogDescriptor.fileName(end);
        storage.rename(TEMPORARY, name);
        storage.forceDirectory();
        StorageFile next = storage.open(name, Access.READ_WRITE);
        file = next;
        base = end;
        return next;
    }

    /** Deletes the files that end at or below a position. */
    void discardBelow(long position) {
        List<String> files = files();
        for (int i = 0; i + 1 < files.size(); i++) {
            if (basePosition(files.get(i + 1)) <= position) {
                storage.delete(files.get(i));
                // One by one, so that no crash leaves an older file and not this one.
                storage.forceDirectory();
            }
        }
    }

    // ---- recovery

    /** Where the oldest file begins. */
    long first() {
        return basePosition(files().getFirst());
    }

    /**
     * Adds every logged id to a filter. Needs no space; the first addition begins a new file.
     *
     * @param from the log must reach this position, which a checkpoint names
     * @throws CorruptionException if a block that was durable is damaged, or a file is missing
     */
    void recover(BloomFilter filter, long from) {
        read(
                from,
                Access.READ_WRITE,
                hashes -> {
                    for (long at = 0; at < hashes.byteSize(); at += IdHash.HASH_LENGTH) {
                        filter.addHash(
                                hashes.get(IdHash.LE_LONG, at),
                                hashes.get(IdHash.LE_LONG, at + Long.BYTES));
                    }
                });
    }

    /**
     * Reads every block as {@link #recover} does, and changes nothing. To be called once, and
     * nothing else.
     *
     * @param from the log must reach this position, which a checkpoint names
     * @return how many ids are logged
     * @throws CorruptionException as recovery does
     */
    long verify(long from) {
        long[] ids = {0};
        read(from, Access.READ, hashes -> ids[0] += hashes.byteSize() / IdHash.HASH_LENGTH);
        return ids[0];
    }

    /**
     * @param access of the files; where it lets them be written, the last block is saved
     * @param block is shown the hashes of each, where they are valid until it returns
     */
    private void read(long from, Access access, Consumer<MemorySegment> block) {
        List<String> files = files();
        end = basePosition(files.getFirst());
        for (String name : files) {
            if (basePosition(name) != end) {
                throw new CorruptionException(
                        "the log of the filter ends at position " + end + " before this file",
                        name,
                        0,
                        null);
            }
            read(name, name.equals(files.getLast()), access, block);
        }
        if (end < from) {
            throw new CorruptionException(
                    "the log of the filter ends at position " + end + ", but a checkpoint names "
                            + from,
                    files.getLast(),
                    0,
                    null);
        }
        base = end;
    }

    private void read(
            String name, boolean last, Access access, Consumer<MemorySegment> block) {
        try (StorageFile in = storage.open(name, access)) {
            FilterLogReader reader = new FilterLogReader(in, end, hash);
            MemorySegment hashes = reader.next();
            while (hashes != null) {
                block.accept(hashes);
                end = reader.position();
                hashes = reader.next();
            }
            if (last) {
                reader.requireTorn();
                if (access == Access.READ_WRITE) {
                    reader.save();
                }
            }
        }
    }

    /** The checksum of a whole block. */
    static int crcOf(MemorySegment bytes) {
        return Checksum.of(
                bytes.asSlice(COUNT_OFFSET, bytes.byteSize() - COUNT_OFFSET));
    }

    private List<String> files() {
        return storage.list().stream().filter(FilterLogDescriptor::isLogFile).toList();
    }

    private static long basePosition(String name) {
        return FilterLogDescriptor.basePosition(name);
    }

    @Override
    public void close() {
        StorageFile open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
