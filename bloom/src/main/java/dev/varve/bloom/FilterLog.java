package dev.varve.bloom;

import static dev.varve.bloom.FilterBlockDescriptor.COUNT_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.DURABLE_POSITION_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.VERSION_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StoragePoisonedException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The write-ahead log of a filter that stands alone: the hashes of the ids added since the last
 * checkpoint, in blocks that are forced before an addition returns.
 *
 * <p>A position counts the bytes of all blocks ever written. A file is named by the position where
 * it begins; each opening and each checkpoint begins a new one, so no byte is written twice, and
 * whole files are deleted once a checkpoint covers them. After the first write or force that fails,
 * nothing more is written.
 *
 * <p>Not safe for use by many threads: {@link StandaloneFilter} lets one in at a time.
 */
final class FilterLog implements AutoCloseable {

    private static final int READ_LENGTH = 1 << 20;

    private final Storage storage;
    private final IdHash hash;
    private @Nullable StorageFile file;
    private long base;
    private long end;
    private MemorySegment block = MemorySegment.ofArray(new byte[READ_LENGTH]);
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

    /** Logs those ids of a batch that were answered with true, durably. */
    void append(IdBatch batch) {
        checkPoison();
        int count = batch.trueAnswers();
        if (count == 0) {
            return;
        }
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
        block.set(IdHash.LE_LONG, FilterBlockDescriptor.MAGIC_OFFSET, FilterBlockDescriptor.MAGIC);
        block.set(IdHash.LE_INT, COUNT_OFFSET, count);
        block.set(IdHash.LE_LONG, POSITION_OFFSET, end);
        block.set(IdHash.LE_LONG, DURABLE_POSITION_OFFSET, end);
        block.set(IdHash.LE_INT, FilterBlockDescriptor.CRC_OFFSET, crcOf(block, length));
        write(block.asSlice(0, length));
        end += length;
    }

    private void write(MemorySegment bytes) {
        StorageFile out = Objects.requireNonNull(file, "recover comes first");
        try {
            out.write(bytes, FilterLogDescriptor.LENGTH + end - base);
            out.force();
        } catch (StorageException e) {
            poison = e;
            throw e;
        }
    }

    private void checkPoison() {
        StorageException first = poison;
        if (first != null) {
            throw new StoragePoisonedException(
                    "an earlier write or force failed; reopen the filter: " + first.getMessage(),
                    first.file(),
                    first.offset(),
                    first);
        }
    }

    /** Begins a new file; returns the position where it begins. */
    long roll() {
        checkPoison();
        try {
            if (file == null || end > base) {
                begin();
            }
        } catch (StorageException e) {
            poison = e;
            throw e;
        }
        return base;
    }

    private void begin() {
        MemorySegment header = MemorySegment.ofArray(new byte[FilterLogDescriptor.LENGTH]);
        header.set(IdHash.LE_LONG, FilterLogDescriptor.MAGIC_OFFSET, FilterLogDescriptor.MAGIC);
        header.set(IdHash.LE_INT, VERSION_OFFSET, FilterLogDescriptor.VERSION);
        header.set(IdHash.LE_LONG, BASE_POSITION_OFFSET, end);
        header.set(IdHash.LE_LONG, SELF_TEST_OFFSET, hash.selfTest());
        header.set(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET, Checksum.of(header));
        close();
        String name = FilterLogDescriptor.fileName(end);
        storage.delete(name); // of an opening that was cut short before its first block
        StorageFile next = storage.create(name);
        file = next;
        base = end;
        next.write(header, 0);
        next.force();
        storage.forceDirectory();
    }

    /** Deletes the files that end at or below a position. */
    void discardBelow(long position) {
        List<String> files = files();
        for (int i = 0; i + 1 < files.size(); i++) {
            if (basePosition(files.get(i + 1)) <= position) {
                storage.delete(files.get(i));
            }
        }
        storage.forceDirectory();
    }

    // ---- recovery

    /** Where the oldest file begins; 0 if there is none. */
    long first() {
        List<String> files = files();
        return files.isEmpty() ? 0 : basePosition(files.getFirst());
    }

    /**
     * Adds every logged id to a filter, and begins a new file.
     *
     * @param from the log must reach this position, which a checkpoint names
     * @throws CorruptionException if a block that was durable is damaged, or a file is missing
     */
    void recover(BloomFilter filter, long from) {
        List<String> files = files();
        end = files.isEmpty() ? from : basePosition(files.getFirst());
        for (int i = 0; i < files.size(); i++) {
            if (basePosition(files.get(i)) != end) {
                throw new CorruptionException(
                        "the log of the filter ends at position " + end + " before this file",
                        files.get(i),
                        0,
                        null);
            }
            replay(files.get(i), i == files.size() - 1, filter);
        }
        if (end < from) {
            throw new CorruptionException(
                    "the log of the filter ends at position " + end + ", but a checkpoint names "
                            + from,
                    files.getLast(),
                    0,
                    null);
        }
        begin();
    }

    private void replay(String name, boolean last, BloomFilter filter) {
        try (StorageFile in = storage.open(name, Access.READ_WRITE)) {
            long length = in.length();
            if (!hasHeader(in, end)) {
                if (last) {
                    return; // It was created, and nothing was written to it.
                }
                throw new CorruptionException("the header is damaged", name, 0, null);
            }
            long start = end;
            long offset = FilterLogDescriptor.LENGTH;
            long taken = take(in, offset, filter);
            while (taken > 0) {
                offset += taken;
                end += taken;
                taken = take(in, offset, filter);
            }
            if (last) {
                requireTorn(in, offset, length - offset);
                // What is kept must not vanish in a second crash.
                in.force();
            }
            assert end - start == offset - FilterLogDescriptor.LENGTH;
        }
    }

    /** The length of the whole block at an offset whose ids were added; 0 if there is none. */
    private long take(StorageFile in, long offset, BloomFilter filter) {
        long length = blockAt(in, offset, end);
        for (long at = FilterBlockDescriptor.LENGTH; at < length; at += IdHash.HASH_LENGTH) {
            filter.addHash(
                    block.get(IdHash.LE_LONG, at), block.get(IdHash.LE_LONG, at + Long.BYTES));
        }
        return length;
    }

    /** Reads the block at an offset and returns its length; 0 if no whole one is there. */
    private long blockAt(StorageFile in, long offset, long position) {
        int read = in.read(block, offset);
        if (read < FilterBlockDescriptor.LENGTH
                || block.get(IdHash.LE_LONG, FilterBlockDescriptor.MAGIC_OFFSET)
                        != FilterBlockDescriptor.MAGIC
                || block.get(IdHash.LE_LONG, POSITION_OFFSET) != position) {
            return 0;
        }
        long count = Integer.toUnsignedLong(block.get(IdHash.LE_INT, COUNT_OFFSET));
        long length = FilterBlockDescriptor.LENGTH + count * IdHash.HASH_LENGTH;
        if (length > in.length() - offset || length > Integer.MAX_VALUE) {
            return 0;
        }
        if (length > read) {
            block = MemorySegment.ofArray(new byte[(int) length]);
            if (in.read(block, offset) < length) {
                return 0;
            }
        }
        int crc = block.get(IdHash.LE_INT, FilterBlockDescriptor.CRC_OFFSET);
        return crc == crcOf(block, length) ? length : 0;
    }

    /** A block behind the damage says what was durable when it was written: then it is rot. */
    private void requireTorn(StorageFile in, long offset, long rest) {
        for (long at = IdHash.HASH_LENGTH; at < rest; at += IdHash.HASH_LENGTH) {
            if (blockAt(in, offset + at, end + at) > 0
                    && block.get(IdHash.LE_LONG, DURABLE_POSITION_OFFSET) > end) {
                throw new CorruptionException(
                        "a block that was durable is damaged", in.name(), offset, null);
            }
        }
    }

    private boolean hasHeader(StorageFile in, long position) {
        MemorySegment header = MemorySegment.ofArray(new byte[FilterLogDescriptor.LENGTH]);
        if (in.read(header, 0) < FilterLogDescriptor.LENGTH
                || header.get(IdHash.LE_LONG, FilterLogDescriptor.MAGIC_OFFSET)
                        != FilterLogDescriptor.MAGIC) {
            return false;
        }
        int crc = header.get(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET);
        header.set(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET, 0);
        if (crc != Checksum.of(header)) {
            return false;
        }
        int version = header.get(IdHash.LE_INT, VERSION_OFFSET);
        if (version != FilterLogDescriptor.VERSION) {
            throw new FormatVersionException(
                    FilterHeader.differ(
                            "format version", "" + FilterLogDescriptor.VERSION, "" + version),
                    in.name(),
                    VERSION_OFFSET,
                    null);
        }
        if (header.get(IdHash.LE_LONG, BASE_POSITION_OFFSET) != position
                || header.get(IdHash.LE_LONG, SELF_TEST_OFFSET) != hash.selfTest()) {
            throw new CorruptionException(
                    "the file belongs to another filter or place", in.name(), 0, null);
        }
        return true;
    }

    private static int crcOf(MemorySegment block, long length) {
        return Checksum.of(
                block.asSlice(
                        FilterBlockDescriptor.COUNT_OFFSET,
                        length - FilterBlockDescriptor.COUNT_OFFSET));
    }

    private List<String> files() {
        return new ArrayList<>(
                storage.list().stream().filter(FilterLogDescriptor::isLogFile).toList());
    }

    private static long basePosition(String name) {
        return FilterLogDescriptor.basePosition(name);
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
