package dev.varve.logstore;

import static dev.varve.logstore.format.RecordDescriptor.LENGTH;
import static dev.varve.logstore.format.RecordDescriptor.PAGE_LENGTH;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.Warmth;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A segment's file as read-only memory, mapped when a record is first read from it: of a sealed one
 * the whole, of the one that is written a {@link MappedPrefix}. Safe for use by many threads.
 * Closed with its segment, when no reader uses it any more; a reader that does gets an
 * IllegalStateException.
 */
final class SegmentMapping implements AutoCloseable {

    private static final int LINE_LENGTH = 64;

    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

    private final Warmth warmth = new Warmth();
    private final MappedPrefix prefix = new MappedPrefix();
    private volatile @Nullable MemorySegment memory;
    private @Nullable Arena arena;
    private boolean closed;

    /** What {@link #fetchAhead} found, so that the compiler cannot leave its reads out. */
    boolean linesAlike;

    /** Whether reading from the mapping is likely to pay. */
    Warmth warmth() {
        return warmth;
    }

    /** What is of no use any more to readers who see that the segment is sealed. */
    MappedPrefix prefix() {
        return prefix;
    }

    /**
     * Moves the view to the record at an offset, its header checked, all its pages touched.
     *
     * @param limit offset in the segment behind what the snapshot sees
     * @return false if the mapping does not reach there
     */
    boolean moveTo(RecordView view, Segment segment, long offset, long limit) {
        MemorySegment mapped;
        long start;
        if (segment.isSealed()) {
            mapped = whole(segment);
            start = offset;
        } else {
            mapped = prefix.pieceAt(segment, offset, limit);
            start = MappedPrefix.startInPiece(offset);
        }
        long available = Math.min(limit - offset, mapped.byteSize() - start);
        if (available < LENGTH) {
            return false;
        }
        view.wrap(mapped, start, offset);
        fetchAhead(mapped, start, start + available);
        if (view.contentLength() > available) {
            return false;
        }
        view.checkHeader(segment.name(), available);
        touch(mapped, start, start + view.contentLength());
        return true;
    }

    /** A byte of each of the first two lines of a record, if all of the segment is mapped. */
    long touch(long offset) {
        MemorySegment mapped = memory;
        return mapped == null || offset + LINE_LENGTH >= mapped.byteSize()
                ? 0
                : mapped.get(ValueLayout.JAVA_BYTE, offset)
                        + mapped.get(ValueLayout.JAVA_BYTE, offset + LINE_LENGTH);
    }

    /**
     * Reads a byte of each of the next two cache lines while the header's own is on its way. Else
     * they are asked for only when the header has told the length: one miss behind the other.
     */
    private void fetchAhead(MemorySegment mapped, long start, long end) {
        if (start + 2 * LINE_LENGTH < end) {
            byte next = mapped.get(ValueLayout.JAVA_BYTE, start + LINE_LENGTH);
            byte third = mapped.get(ValueLayout.JAVA_BYTE, start + 2 * LINE_LENGTH);
            if (next == third && !linesAlike) {
                linesAlike = true;
            }
        }
    }

    /**
     * Reads a byte of every further page. A page that the disk cannot give is an error here; to the
     * JDK's own loops over memory, a checksum's for one, it would be the end of the process.
     */
    private static void touch(MemorySegment mapped, long start, long end) {
        for (long page = (start | PAGE_LENGTH - 1) + 1; page < end; page += PAGE_LENGTH) {
            // Opaque: the compiler leaves out a plain read of which nothing is used.
            byte ignored = (byte) BYTE.getOpaque(mapped, page);
        }
    }

    private MemorySegment whole(Segment segment) {
        MemorySegment mapped = memory;
        return mapped == null ? map(segment) : mapped;
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
        try (prefix) {
            if (arena != null && arena.scope().isAlive()) {
                arena.close();
            }
        }
    }
}
