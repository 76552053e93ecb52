package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.CorruptionException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of segment files that one reader has read by position. Confined to one thread at a time.
 *
 * <p>A record is read by one positional read up to the end of the page where it starts, and by a
 * second one, up to its own end, if it passes that page. When record after record follows closely
 * behind the one before, they are taken for a scan: then longer pieces are read, so that going
 * through a table in the order of its commits costs few reads. Several such pieces are kept, for
 * scans over several tables side by side. They never become stale, because bytes below a snapshot's
 * position never change.
 */
final class ReadWindows {

    private static final int WINDOWS = 4;
    private static final int WINDOW_BYTES = 64 << 10;
    private static final int NEAR_BYTES = 16 << 10;
    private static final int SCAN_STEPS = 2;
    private static final int MAX_KEPT_BYTES = 4 * WINDOW_BYTES;

    private final Window[] windows = new Window[WINDOWS];
    private long uses;
    private long reads;

    ReadWindows() {
        for (int i = 0; i < WINDOWS; i++) {
            windows[i] = new Window();
        }
    }

    /** How often a file was read. */
    long reads() {
        return reads;
    }

    /**
     * Moves the view to the record at an offset, its header checked, its bytes in memory.
     *
     * @param limit offset in the segment behind what the snapshot sees
     */
    void read(RecordView view, Segment segment, long offset, long limit) {
        Window window = windowFor(segment, offset);
        window.lastUse = ++uses;
        String file = segment.file().name();
        long available = window.fill(segment, offset, offset + LENGTH, limit);
        if (available < LENGTH) {
            throw new CorruptionException("the file ends within a record", file, offset, null);
        }
        view.wrap(window.shown, offset - window.start, offset);
        view.checkHeader(file, limit - offset);
        long length = view.contentLength();
        if (length > available) {
            if (window.fill(segment, offset, offset + length, limit) < length) {
                throw new CorruptionException("the file ends within a record", file, offset, null);
            }
            view.wrap(window.shown, offset - window.start, offset);
        }
    }

    /** The window that holds the offset, or ends closely before it, or was not used for longest. */
    private Window windowFor(Segment segment, long offset) {
        Window oldest = windows[0];
        for (Window window : windows) {
            if (window.segment == segment
                    && offset >= window.start
                    && window.isNear(offset)) {
                return window;
            }
            if (window.lastUse < oldest.lastUse) {
                oldest = window;
            }
        }
        return oldest;
    }

    /** Lets go of the memory that long records took: a pooled reader lives as long as the store. */
    void trim() {
        for (Window window : windows) {
            if (window.memory.byteSize() > MAX_KEPT_BYTES) {
                window.keep(MemorySegment.NULL);
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

    /** A piece of a segment file in memory. */
    private final class Window {
        // Collected with the reader: a pooled reader has no other end than the store's.
        private MemorySegment memory = MemorySegment.NULL;

        /** The same for others to see: what they wrote would look like damage. */
        private MemorySegment shown = MemorySegment.NULL;

        private @Nullable Segment segment;
        private long start;
        private long length;
        private long lastUse;

        /** How many times in a row the window went on a little behind where it was. */
        private int steps;

        long end() {
            return start + length;
        }

        /** Of an offset behind the start: whether the window holds it, or ends closely before. */
        boolean isNear(long offset) {
            return offset < end() + NEAR_BYTES;
        }

        void keep(MemorySegment bytes) {
            memory = bytes;
            shown = bytes.asReadOnly();
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
            steps = from == segment && offset > start && isNear(offset) ? steps + 1 : 0;
            long pageEnd = (Math.max(offset, end - 1) | PAGE_LENGTH - 1) + 1;
            boolean scan = steps >= SCAN_STEPS;
            long until = scan ? Math.max(pageEnd, offset + WINDOW_BYTES) : pageEnd;
            return read(from, offset, Math.min(until, limit));
        }

        private long read(Segment from, long offset, long until) {
            long wanted = until - offset;
            if (wanted > memory.byteSize()) {
                long capacity = Math.max(wanted, wanted > PAGE_LENGTH ? WINDOW_BYTES : PAGE_LENGTH);
                keep(Arena.ofAuto().allocate(capacity, Long.BYTES));
            }
            segment = null; // a failed read leaves nothing that could be taken for the file's
            reads++;
            length = from.file().read(memory.asSlice(0, wanted), offset);
            segment = from;
            start = offset;
            return length;
        }
    }
}
