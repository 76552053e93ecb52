package dev.varve.logstore;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the heights at which a table found by height has records, in ascending order. A part
 * of the index is asked for its next height only when the one it told was passed, or when there is
 * another view: so a step costs no more where a store has thousands of parts. Confined to one
 * thread; holds no view.
 */
final class HeightScan {

    private static final long NO_VIEW = -1;

    private final int table;
    private final Snapshot.HeightRange range;
    private final long limit;

    /** The parts of the view that have a height ahead. */
    private final PriorityQueue<Ahead> parts = new PriorityQueue<>(Ahead.ORDER);

    private long viewNumber = NO_VIEW;

    /** Heights below were passed. */
    private long from;

    /** What {@link #next} found last. */
    private long height;

    private boolean ended;

    /**
     * @param limit records at or behind this position are not seen
     */
    HeightScan(Table table, Snapshot.HeightRange range, long limit) {
        this.table = table.id();
        this.range = range;
        this.limit = limit;
        this.from = range.from();
    }

    long limit() {
        return limit;
    }

    /** Whether there is no height ahead; known once {@link #next} found none. */
    boolean hasEnded() {
        return ended;
    }

    /**
     * Position of the newest record at the lowest height that was not passed, or {@link
     * HeightPart#NONE}.
     */
    long next(IndexView index) {
        if (viewNumber != index.number()) {
            askAll(index);
        }
        Ahead first = first();
        if (first == null || !range.contains(first.height)) {
            ended = true;
            return HeightPart.NONE;
        }
        height = first.height;
        return first.part.findBelow(table, height, limit);
    }

    private void askAll(IndexView index) {
        parts.clear();
        HeightRanges ranges = index.heightRanges(table);
        for (int i = 0; i < index.heightPartCount(); i++) {
            HeightPart part = index.heights(i);
            if (part.start() < limit && ranges.mayHold(i, from, range.last())) {
                add(part, part.nextHeight(table, from, limit));
                ranges.learn(i, part);
            }
        }
        viewNumber = index.number();
    }

    private void add(HeightPart part, long next) {
        if (next != HeightPart.NONE) {
            parts.add(new Ahead(next, part));
        }
    }

    /** Of the parts with the lowest height that was not passed the newest, or null. */
    private @Nullable Ahead first() {
        Ahead first = parts.peek();
        while (first != null && first.height < from) {
            long next = first.part.nextHeight(table, from, limit);
            parts.remove();
            add(first.part, next);
            first = parts.peek();
        }
        return first;
    }

    /** Passes the height that was found last. */
    void pass() {
        ended |= height == Long.MAX_VALUE;
        from = height + 1;
    }

    /** Asks all parts anew: an error may have come at any moment. */
    void restart() {
        viewNumber = NO_VIEW;
    }

    /**
     * A part, and its lowest height that was not passed when it was asked.
     */
    private record Ahead(long height, HeightPart part) {

        /** The newest first among those of one height. */
        private static final Comparator<Ahead> ORDER =
                Comparator.comparingLong(Ahead::height)
                        .thenComparingLong(ahead -> -ahead.part.start());
    }
}
