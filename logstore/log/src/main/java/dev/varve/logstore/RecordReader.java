package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.io.CorruptionException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads single records from segment files into a buffer of its own: one positional read up to the
 * end of the page where the record starts, and one more for the rest of a record that passes it.
 * Every record is checked against its CRC. Confined to one thread at a time; pooled by the store.
 */
final class RecordReader {

    private static final int INITIAL_BYTES = 16 << 10;

    /** Behind every offset that an index can hold. */
    private static final long MAX_BOUND = LogOptions.MAX_SEGMENT_BYTES;

    private final RecordView view = new RecordView();
    // Collected with the reader: a pooled reader has no other end than the store's.
    private @Nullable Segment current;
    private MemorySegment buffer = Arena.ofAuto().allocate(INITIAL_BYTES, Long.BYTES);

    /** The record at an offset; valid until the next read. */
    RecordView read(Segment segment, long offset) {
        current = segment;
        String file = segment.file().name();
        long rest = PAGE_LENGTH - (offset & PAGE_LENGTH - 1);
        int read = segment.file().read(buffer.asSlice(0, rest), offset);
        if (read < LENGTH) {
            throw new CorruptionException("the file ends within a record", file, offset, null);
        }
        view.wrap(buffer, 0, offset);
        view.checkHeader(file, segment.framesEnd() - offset);
        long length = view.contentLength();
        if (length > read) {
            ensure(length, read);
            long more = segment.file().read(buffer.asSlice(read, length - read), offset + read);
            if (more < length - read) {
                throw new CorruptionException("the file ends within a record", file, offset, null);
            }
            view.wrap(buffer, 0, offset);
        }
        view.checkCrc(file);
        return view;
    }

    /** The record read last, as others see it; valid until the next read. */
    LogRecord record() {
        return view.toRecord(Objects.requireNonNull(current).basePosition());
    }

    private void ensure(long needed, long used) {
        if (needed > buffer.byteSize()) {
            long capacity = Math.max(needed, 2 * buffer.byteSize());
            MemorySegment larger = Arena.ofAuto().allocate(capacity, Long.BYTES);
            MemorySegment.copy(buffer, 0, larger, 0, used);
            buffer = larger;
        }
    }

    /** The newest record of a key below {@code limit}, a deletion too, or null. */
    @Nullable RecordView find(Query query, Segment[] segments, MemorySegment key, IdHash idHash) {
        long hash = KeyHash.of(idHash, query.table, key, 0, key.byteSize());
        for (int i = segments.length - 1; i >= 0; i--) {
            Segment segment = segments[i];
            long bound = query.limit - segment.basePosition();
            while (bound > 0) {
                long offset = segment.hotIndex().findBelow(hash, Math.min(bound, MAX_BOUND));
                if (offset == HotIndex.NONE) {
                    break;
                }
                RecordView record = read(segment, offset);
                if (record.table() == query.table && record.hasKey(key)) {
                    return record;
                }
                bound = offset;
            }
        }
        return null;
    }

    /** The newest record at a height of a height-ordered table, a deletion too, or null. */
    @Nullable RecordView find(Query query, Segment[] segments, long height) {
        for (int i = segments.length - 1; i >= 0; i--) {
            Segment segment = segments[i];
            HeightIndex index = segment.heightIndex(query.table);
            long bound = query.limit - segment.basePosition();
            if (index != null && bound > 0) {
                long offset = index.findBelow(height, bound);
                if (offset != HeightIndex.NONE) {
                    return read(segment, offset);
                }
            }
        }
        return null;
    }

    /**
     * What to look for.
     *
     * @param limit records at or behind this position are not seen
     */
    record Query(int table, long limit) {}
}
