package dev.varve.logstore;

import java.util.Arrays;
import java.util.List;

/**
 * The segments of a log in ascending order of their base positions. Readers take one immutable
 * array and keep it; the appending thread replaces it.
 */
final class Segments {

    private volatile Segment[] segments;

    Segments(List<Segment> segments) {
        this.segments = segments.toArray(Segment[]::new);
    }

    /** The segments as they are now; never modified. */
    Segment[] all() {
        return segments;
    }

    void add(Segment segment) {
        Segment[] old = segments;
        assert old.length == 0
                || old[old.length - 1].nextBasePosition() == segment.basePosition();
        Segment[] longer = Arrays.copyOf(old, old.length + 1);
        longer[old.length] = segment;
        segments = longer;
    }
}
