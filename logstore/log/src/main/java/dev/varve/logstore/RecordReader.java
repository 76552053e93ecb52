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
 * Finds and reads single records. Confined to one thread at a time; pooled by the store.
 *
 * <p>A record is read by one positional read up to the end of the page where it starts, and by a
 * second one, up to its own end, if it passes that page. When record after record follows closely
 * behind the one before, they are taken for a scan: then longer pieces are read, so that going
 * through a table in the order of its commits costs few reads. Several such pieces are kept, for
 * scans over several tables side by side. They never become stale, because bytes below a snapshot's
 * position never change.
 *
 * <p>Every record is checked against its CRC each time.
 */
final class RecordReader {

    private static final int WINDOWS = 4;
    private static final int WINDOW_BYTES = 64 << 10;
    private static final int NEAR_BYTES = 16 << 10;
    private static final int SCAN_STEPS = 2;
    private static final int MAX_KEPT_BYTES = 4 * WINDOW_BYTES;

    /** Behind every offset that an index can hold. */
    private static final long MAX_BOUND = LogOptions.MAX_SEGMENT_BYTES;

    private final RecordView view = new RecordView();
    private final Window[] windows = new Window[WINDOWS];
    private @Nullable Segment current;
    private long uses;

    RecordReader() {
        for (int i = 0; i < WINDOWS; i++) {
            windows[i] = new Window();
        }
    }

    /**
     * The record at an offset; valid until the next read.
     *
     * @param limit offset in the segment behind what the snapshot sees
     */
    private RecordView read(Segment segment, long offset, long limit) {
        current = segment;
        Window window = windowFor(segment, offset);
        window.lastUse = ++uses;
        String file = segment.name();
        long available = window.fill(segment, offset, offset + LENGTH, limit);
        if (available < LENGTH) {
            throw new CorruptionException("the file ends within a record", file, offset, null);
        }
        view.wrap(window.memory, offset - window.start, offset);
        view.checkHeader(file, limit - offset);
        long length = view.contentLength();
        if (length > available) {
            if (window.fill(segment, offset, offset + length, limit) < length) {
                throw new CorruptionException("the file ends within a record", file, offset, null);
            }
            view.wrap(window.memory, offset - window.start, offset);
        }
        view.checkCrc(file);
        return view;
    }

    /** The window that holds the offset, or ends closely before it, or was not used for longest. */
    private Window windowFor(Segment segment, long offset) {
        Window oldest = windows[0];
        for (Window window : windows) {
            if (window.segment == segment
                    && offset >= window.start
                    && offset < window.end() + NEAR_BYTES) {
                return window;
            }
            if (window.lastUse < oldest.lastUse) {
                oldest = window;
            }
        }
        return oldest;
    }

    /** The record read last, as others see it; valid until the next read. */
    LogRecord record() {
        return view.toRecord(Objects.requireNonNull(current).basePosition());
    }

    /** Lets go of the memory that long records took: a pooled reader lives as long as the store. */
    void trim() {
        for (Window window : windows) {
            if (window.memory.byteSize() > MAX_KEPT_BYTES) {
                window.memory = MemorySegment.NULL;
                window.segment = null;
                window.length = 0;
            }
        }
    }

    long memoryBytes() {
        long bytes = 0;
        for (Window window : windows) {
            bytes += window.memory.byteSize();
        }
        return bytes;
    }

    /** The newest record of a key below {@code limit}, a deletion too, or null. */
    @Nullable RecordView find(Query query, IndexView view, MemorySegment key, IdHash idHash) {
        long hash = KeyHash.of(idHash, query.table, key, 0, key.byteSize());
        for (int i = view.keyPartCount() - 1; i >= 0; i--) {
            KeyPart part = view.keys(i);
            long bound = query.limit;
            while (bound > part.start()) {
                long position = part.findBelow(hash, bound);
                if (position == KeyPart.NONE) {
                    break;
                }
                RecordView record = read(view, position, query.limit);
                if (record.table() == query.table && record.hasKey(key)) {
                    return record;
                }
                bound = position;
            }
        }
        return null;
    }

    /** The newest record at a height of a height-ordered table, a deletion too, or null. */
    @Nullable RecordView find(Query query, IndexView view, long height) {
        for (int i = view.heightPartCount() - 1; i >= 0; i--) {
            HeightPart part = view.heights(i);
            if (part.start() < query.limit) {
                long position = part.findBelow(query.table, height, query.limit);
                if (position != HeightPart.NONE) {
                    return read(view, position, query.limit);
                }
            }
        }
        return null;
    }

    private RecordView read(IndexView view, long position, long limit) {
        Segment segment = view.segmentAt(position);
        long base = segment.basePosition();
        return read(segment, position - base, Math.min(limit - base, MAX_BOUND));
    }

    /**
     * What to look for.
     *
     * @param limit records at or behind this position are not seen
     */
    record Query(int table, long limit) {}

    /** A piece of a segment file in memory. */
    private static final class Window {
        // Collected with the reader: a pooled reader has no other end than the store's.
        private MemorySegment memory = MemorySegment.NULL;
        private @Nullable Segment segment;
        private long start;
        private long length;
        private long lastUse;

        /** How many times in a row the window went on a little behind where it was. */
        private int steps;

        long end() {
            return start + length;
        }

        /**
         * Brings the bytes from {@code offset} to {@code end} into the window, if they are below
         * the limit.
         *
         * @return how many bytes from {@code offset} on the window then holds
         */
        long fill(Segment from, long offset, long end, long limit) {
            if (from == segment && offset >= start && end <= end()) {
                return end() - offset;
            }
            // Closely behind what the window holds, and again: only then it looks like a scan.
            steps = from == segment && offset > start ? steps + 1 : 0;
            long pageEnd = (Math.max(offset, end - 1) | PAGE_LENGTH - 1) + 1;
            boolean scan = steps >= SCAN_STEPS;
            long until = scan ? Math.max(pageEnd, offset + WINDOW_BYTES) : pageEnd;
            return read(from, offset, Math.min(until, limit));
        }

        private long read(Segment from, long offset, long until) {
            long wanted = until - offset;
            if (wanted > memory.byteSize()) {
                long capacity = Math.max(wanted, wanted > PAGE_LENGTH ? WINDOW_BYTES : PAGE_LENGTH);
                memory = Arena.ofAuto().allocate(capacity, Long.BYTES);
            }
            segment = null; // a failed read leaves nothing that could be taken for the file's
            length = from.file().read(memory.asSlice(0, wanted), offset);
            segment = from;
            start = offset;
            return length;
        }
    }
}
