package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a log and all parts of its index at one moment: what a reader needs, as one.
 * Immutable, but for what it remembers of its parts; for any thread. What it refers to is open as
 * long as a reader's {@link Views.Slot} names this view or an older one.
 */
final class IndexView {

    /** Tables with lower ids are remembered of; a ledger has fewer. */
    private static final int RANGED_TABLES = 64;

    private final long number;
    private final Segment[] segments;
    private final long[] bases;
    private final KeyPart[] keys;
    private final HeightPart[] heights;

    /** By the table's id. Of two that were made at the same time one is forgotten. */
    private final AtomicReferenceArray<@Nullable HeightRanges> heightRanges =
            new AtomicReferenceArray<>(RANGED_TABLES);

    /**
     * @param number higher than that of every view before
     * @param segments all, oldest first
     * @param keys all parts of the index by key, oldest first, without a gap
     * @param heights all parts of the index by height, oldest first
     */
    IndexView(
            long number, List<Segment> segments, List<KeyPart> keys, List<HeightPart> heights) {
        this.number = number;
        this.segments = segments.toArray(Segment[]::new);
        this.bases = segments.stream().mapToLong(Segment::basePosition).toArray();
        this.keys = keys.toArray(KeyPart[]::new);
        this.heights = heights.toArray(HeightPart[]::new);
    }

    /** The view behind this one, which goes on from what this one remembers of their parts. */
    IndexView next(List<Segment> segments, List<KeyPart> keys, List<HeightPart> heights) {
        IndexView next = new IndexView(number + 1, segments, keys, heights);
        int[] before = indexesOf(next.heights);
        for (int table = 0; table < RANGED_TABLES; table++) {
            HeightRanges known = heightRanges.getAcquire(table);
            if (known != null) {
                next.heightRanges.setRelease(table, known.movedTo(before));
            }
        }
        return next;
    }

    /** Of parts that come in the same order their indexes here, -1 for those that are not here. */
    private int[] indexesOf(HeightPart[] parts) {
        int[] indexes = new int[parts.length];
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            while (at < heights.length && heights[at].start() < parts[i].start()) {
                at++;
            }
            boolean isHere = at < heights.length && heights[at].equals(parts[i]);
            indexes[i] = isHere ? at : -1;
        }
        return indexes;
    }

    long number() {
        return number;
    }

    int segmentCount() {
        return segments.length;
    }

    Segment segment(int index) {
        return segments[index];
    }

    /** The segment that a position of a record is in. */
    Segment segmentAt(long position) {
        int last = segments.length - 1;
        if (position >= bases[last]) {
            return segments[last];
        }
        int found = Arrays.binarySearch(bases, position);
        return segments[found >= 0 ? found : -found - 2];
    }

    int keyPartCount() {
        return keys.length;
    }

    KeyPart keys(int index) {
        return keys[index];
    }

    /** The part of the index by key that a position is in. */
    KeyPart keysAt(long position) {
        int index = keys.length - 1;
        while (keys[index].start() > position) {
            index--;
        }
        return keys[index];
    }

    int heightPartCount() {
        return heights.length;
    }

    HeightPart heights(int index) {
        return heights[index];
    }

    /** What is known of a table's heights in the parts of the index by height. */
    HeightRanges heightRanges(int table) {
        if (table >= RANGED_TABLES) {
            return HeightRanges.NOTHING;
        }
        HeightRanges known = heightRanges.getAcquire(table);
        if (known == null) {
            known = new HeightRanges(table, heights.length);
            heightRanges.setRelease(table, known);
        }
        return known;
    }

    /** The error of the first file that was cut off, those of the index first; null if none was. */
    @Nullable StorageException cutOff(Throwable cause) {
        StorageException found = null;
        for (int i = 0; i < keys.length && found == null; i++) {
            found = keys[i].cutOff(cause);
        }
        for (int i = 0; i < heights.length && found == null; i++) {
            found = heights[i].cutOff(cause);
        }
        for (int i = 0; i < segments.length && found == null; i++) {
            found = segments[i].cutOff(cause);
        }
        return found;
    }

    List<Segment> segments() {
        return List.of(segments);
    }

    List<KeyPart> keys() {
        return List.of(keys);
    }

    List<HeightPart> heights() {
        return List.of(heights);
    }

    /** What the files take. */
    LogStats.DiskBytes diskBytes() {
        long log = 0;
        for (Segment segment : segments) {
            log += segment.length();
        }
        long runs = 0;
        long filters = 0;
        for (KeyPart part : keys) {
            if (part instanceof RunPart run) {
                runs += run.run().fileLength();
                filters += run.run().filterBytes();
            }
        }
        long heightsFiles = 0;
        for (HeightPart part : heights) {
            heightsFiles += part instanceof HeightsPart file ? file.fileLength() : 0;
        }
        return new LogStats.DiskBytes(log, runs - filters, filters, heightsFiles);
    }

    /** The parts in memory whose records no run covers, oldest first. */
    List<HotPart> hotParts() {
        return Arrays.stream(keys)
                .filter(HotPart.class::isInstance)
                .map(HotPart.class::cast)
                .toList();
    }
}
