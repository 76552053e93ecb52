package dev.varve.bloom;

import static dev.varve.bloom.FilterBlockDescriptor.COUNT_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.DURABLE_POSITION_OFFSET;
import static dev.varve.bloom.FilterBlockDescriptor.POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterLogDescriptor.VERSION_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of the log of a filter that stands alone, block by block and ahead, so that every
 * byte is read about once. For one thread; the file stays with its opener.
 */
final class FilterLogReader {

    private static final int WINDOW_LENGTH = 1 << 20;

    private final StorageFile file;
    private final long length;
    private MemorySegment window = MemorySegment.ofArray(new byte[WINDOW_LENGTH]);
    private long windowStart;
    private long windowLength;

    private long offset = FilterLogDescriptor.LENGTH;
    private long position;
    private long blockLength;

    /**
     * @param position where the file's first block begins
     * @throws CorruptionException if the header is not that of such a file
     */
    FilterLogReader(StorageFile file, long position, IdHash hash) {
        this.file = file;
        this.length = file.length();
        this.position = position;
        requireHeader(hash);
    }

    /** A file has its name only once its header is durable, so a damaged one is rot. */
    private void requireHeader(IdHash hash) {
        MemorySegment header = MemorySegment.ofArray(new byte[FilterLogDescriptor.LENGTH]);
        int read = file.read(header, 0);
        int crc = header.get(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET);
        header.set(IdHash.LE_INT, FilterLogDescriptor.CRC_OFFSET, 0);
        if (read < FilterLogDescriptor.LENGTH
                || header.get(IdHash.LE_LONG, FilterLogDescriptor.MAGIC_OFFSET)
                        != FilterLogDescriptor.MAGIC
                || crc != Checksum.of(header)) {
            throw new CorruptionException("the header is damaged", file.name(), 0, null);
        }
        int version = header.get(IdHash.LE_INT, VERSION_OFFSET);
        if (version != FilterLogDescriptor.VERSION) {
            throw new FormatVersionException(
                    FilterHeader.differ(
                            "format version", "" + FilterLogDescriptor.VERSION, "" + version),
                    file.name(),
                    VERSION_OFFSET,
                    null);
        }
        if (header.get(IdHash.LE_LONG, BASE_POSITION_OFFSET) != position
                || header.get(IdHash.LE_LONG, SELF_TEST_OFFSET) != hash.selfTest()) {
            throw new CorruptionException(
                    "the file belongs to another filter or place", file.name(), 0, null);
        }
    }

    /** Behind the last block read. */
    long position() {
        return position;
    }

    /** The hashes of the next block, valid until the next call; null if no whole one follows. */
    @Nullable MemorySegment next() {
        MemorySegment block = blockAt(offset, position);
        if (block == null) {
            return null;
        }
        blockLength = block.byteSize();
        offset += blockLength;
        position += blockLength;
        return block.asSlice(FilterBlockDescriptor.LENGTH);
    }

    /** The block at an offset, valid until the next call; null if no whole one is there. */
    private @Nullable MemorySegment blockAt(long at, long blockPosition) {
        MemorySegment head = bytes(at, FilterBlockDescriptor.LENGTH);
        if (head == null
                || head.get(IdHash.LE_LONG, FilterBlockDescriptor.MAGIC_OFFSET)
                        != FilterBlockDescriptor.MAGIC
                || head.get(IdHash.LE_LONG, POSITION_OFFSET) != blockPosition) {
            return null;
        }
        long count = Integer.toUnsignedLong(head.get(IdHash.LE_INT, COUNT_OFFSET));
        MemorySegment block =
                bytes(at, FilterBlockDescriptor.LENGTH + count * IdHash.HASH_LENGTH);
        return block != null
                        && block.get(IdHash.LE_INT, FilterBlockDescriptor.CRC_OFFSET)
                                == FilterLog.crcOf(block)
                ? block
                : null;
    }

    /** A piece of the file, valid until the next call; null if the file is shorter. */
    private @Nullable MemorySegment bytes(long at, long count) {
        if (count > length - at || count > FilterLog.MAX_BLOCK_LENGTH) {
            return null;
        }
        if (at < windowStart || at + count > windowStart + windowLength) {
            if (count > window.byteSize()) {
                window = MemorySegment.ofArray(new byte[(int) count]);
            }
            windowStart = at;
            windowLength = 0; // a failed read leaves nothing that could be taken for the file's
            windowLength = file.read(window, at);
        }
        return count <= windowLength ? window.asSlice(at - windowStart, count) : null;
    }

    /** A block behind the damage says what was durable when it was written: then it is rot. */
    void requireTorn() {
        long rest = length - offset;
        for (long at = IdHash.HASH_LENGTH; at < rest; at += IdHash.HASH_LENGTH) {
            MemorySegment block = blockAt(offset + at, position + at);
            if (block != null && block.get(IdHash.LE_LONG, DURABLE_POSITION_OFFSET) > position) {
                throw new CorruptionException(
                        "a block that was durable is damaged", file.name(), offset, null);
            }
        }
    }

    /**
     * Makes what was read durable. A force of the last block may have failed in the life before,
     * and after that the system holds pages for clean that never reached the disk: only writing
     * them again makes a force save them. The blocks before were durable when it was written.
     */
    void save() {
        if (blockLength == 0) {
            return;
        }
        MemorySegment last = bytes(offset - blockLength, blockLength);
        if (last == null) {
            throw new CorruptionException("the file became shorter", file.name(), offset, null);
        }
        file.write(last, offset - blockLength);
        file.force();
    }
}
