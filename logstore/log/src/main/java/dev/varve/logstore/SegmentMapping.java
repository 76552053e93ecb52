package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.MemoryAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A sealed segment's file as read-only memory, mapped when a record is first read from it. Safe for
 * use by many threads. Closed with its segment, when no reader uses it any more; a reader that does
 * gets an IllegalStateException.
 */
final class SegmentMapping implements AutoCloseable {

    private static final int LINE_LENGTH = 64;

    private final Warmth warmth = new Warmth();
    private volatile @Nullable MemorySegment memory;
    private @Nullable Arena arena;
    private boolean closed;

    /** What {@link #fetchAhead} found, so that the compiler cannot leave its reads out. */
    boolean linesAlike;

    /** Whether reading from the mapping is likely to pay. */
    Warmth warmth() {
        return warmth;
    }

    /**
     * Moves the view to the record at an offset, its header checked, all its pages touched.
     *
     * @param limit offset in the segment behind what the snapshot sees
     * @return false if the mapping does not reach there
     */
    boolean moveTo(RecordView view, Segment segment, long offset, long limit) {
        MemorySegment mapped = memory;
        if (mapped == null) {
            mapped = map(segment);
        }
        long end = Math.min(limit, mapped.byteSize());
        if (offset + LENGTH > end) {
            return false;
        }
        view.wrap(mapped, offset, offset);
        fetchAhead(mapped, offset, end);
        view.checkHeader(segment.name(), end - offset);
        touch(mapped, offset, offset + view.contentLength());
        return true;
    }

    /**
     * Reads a byte of each of the next two cache lines while the header's own is on its way. Else
     * they are asked for only when the header has told the length: one miss behind the other.
     */
    private void fetchAhead(MemorySegment mapped, long offset, long end) {
        if (offset + 2 * LINE_LENGTH < end) {
            byte next = mapped.get(ValueLayout.JAVA_BYTE, offset + LINE_LENGTH);
            byte third = mapped.get(ValueLayout.JAVA_BYTE, offset + 2 * LINE_LENGTH);
            if (next == third && !linesAlike) {
                linesAlike = true;
            }
        }
    }

    /**
     * Reads a byte of every further page. A page that the disk cannot give is an error here; to the
     * JDK's own loops over memory, a checksum's for one, it would be the end of the process.
     */
    private static void touch(MemorySegment mapped, long offset, long end) {
        for (long page = (offset | PAGE_LENGTH - 1) + 1; page < end; page += PAGE_LENGTH) {
            byte ignored = mapped.get(ValueLayout.JAVA_BYTE, page);
        }
    }

    private synchronized MemorySegment map(Segment segment) {
        MemorySegment mapped = memory;
        if (mapped == null) {
            if (closed) {
                throw new IllegalStateException("the segment is closed");
            }
            mapped = mapped(segment.file());
            memory = mapped;
        }
        return mapped;
    }

    /** An empty one if the system gives none: then all reads go by position. */
    private MemorySegment mapped(StorageFile file) {
        Arena shared = Arena.ofShared();
        try {
            MemorySegment mapped = file.map(0, file.length(), shared);
            MemoryAdvice.random(mapped);
            arena = shared;
            return mapped;
        } catch (StorageException e) {
            shared.close();
            return MemorySegment.NULL;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (arena != null && arena.scope().isAlive()) {
            arena.close();
        }
    }
}
