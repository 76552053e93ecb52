package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What readers can see of the segment that is written, as read-only memory: bytes below the visible
 * position never change, although the file grows behind them. The file is mapped in pieces of 4
 * MiB, none of which passes what the reader sees who maps it; the last piece is mapped anew when
 * twice as much of it is seen. So a few dozen mappings hold a whole segment, and what is read by
 * position is the last part of the last piece, or a record that lies in two pieces.
 *
 * <p>Safe for use by many threads. A piece stays where it is until all are closed: when nobody uses
 * a view any more in which the segment was not sealed, or with the segment.
 */
final class MappedPrefix implements AutoCloseable {

    private static final int PIECE_SHIFT = 22;
    private static final long PIECE_BYTES = 1L << PIECE_SHIFT;

    /** Less is not worth a mapping. */
    private static final long MIN_BYTES = 64 << 10;

    private volatile MemorySegment[] pieces = {};

    // Under the monitor.
    private @Nullable Arena arena;
    private boolean finished;

    /** Where in its piece an offset of the segment is. */
    static long startInPiece(long offset) {
        return offset & PIECE_BYTES - 1;
    }

    /**
     * The memory of the piece that an offset is in, as far as it is mapped.
     *
     * @param visible offset in the segment behind what the reader sees
     */
    MemorySegment pieceAt(Segment segment, long offset, long visible) {
        int index = (int) (offset >>> PIECE_SHIFT);
        MemorySegment piece = mapped(index);
        return isLarger(lengthOf(index, visible), piece) ? grow(segment, index, visible) : piece;
    }

    /** Offset in the segment behind what is mapped: the file was as long as that. */
    long end() {
        MemorySegment[] all = pieces;
        int last = all.length - 1;
        return last < 0 ? 0 : ((long) last << PIECE_SHIFT) + all[last].byteSize();
    }

    private MemorySegment mapped(int index) {
        MemorySegment[] all = pieces;
        return index < all.length ? all[index] : MemorySegment.NULL;
    }

    /** How long a piece is of what is visible. */
    private static long lengthOf(int index, long visible) {
        return Math.min(visible - ((long) index << PIECE_SHIFT), PIECE_BYTES);
    }

    /** Whether a piece of that length is worth a mapping. */
    private static boolean isLarger(long length, MemorySegment piece) {
        long before = piece.byteSize();
        return length != before
                && length >= Math.min(PIECE_BYTES, Math.max(MIN_BYTES, 2 * before));
    }

    private synchronized MemorySegment grow(Segment segment, int index, long visible) {
        MemorySegment piece = mapped(index);
        long length = lengthOf(index, visible);
        if (finished || !isLarger(length, piece)) {
            return piece;
        }
        try {
            piece = segment.file().map((long) index << PIECE_SHIFT, length, arena());
        } catch (StorageException e) {
            // The system gives none, or no more: then the rest is read by position.
            finished = true;
            return piece;
        }
        MemoryAdvice.random(piece);
        int count = Math.max(pieces.length, index + 1);
        MemorySegment[] more = Arrays.copyOf(pieces, count);
        Arrays.fill(more, pieces.length, count, MemorySegment.NULL);
        more[index] = piece;
        pieces = more;
        return piece;
    }

    /** Made when it is needed: most segments were sealed before the store was opened. */
    private Arena arena() {
        Arena made = arena;
        if (made == null) {
            made = Arena.ofShared();
            arena = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        finished = true;
        if (arena != null && arena.scope().isAlive()) {
            arena.close();
        }
    }
}
