package dev.varve.logstore.run;

import java.util.List;

/**
 * Which neighbouring runs are merged next. Static, without state.
 *
 * <p>Runs grow in tiers: as soon as {@link #FANOUT} neighbours are of about one size, they become
 * one of the next tier. The oldest run takes everything behind it once that is as large as a
 * certain part of it, so that nearly all entries are in the one run that needs no filter. (Lazy
 * levelling: Dayan and Idreos, "Dostoevsky", SIGMOD 2018.) docs/decisions/0020-index-runs.md has
 * the table of probes and bytes written by which the two numbers were chosen.
 */
public final class MergePolicy {

    /** How many runs of a size become one. */
    static final int FANOUT = 8;

    /** The oldest run takes the others when it is at most that many times as large as they are. */
    static final int OLDEST = 1;

    private MergePolicy() {}

    /** The runs to merge, a part of {@code runs}, which are oldest first; empty: none now. */
    public static List<Run> pick(List<Run> runs) {
        long[] entries = runs.stream().mapToLong(Run::entries).toArray();
        int[] segments = runs.stream().mapToInt(run -> run.segmentBases().length).toArray();
        Span span = pick(entries, segments, FANOUT, OLDEST);
        return runs.subList(span.from(), span.to());
    }

    /**
     * The first runs that can become one, however large they are: a part of {@code runs}, which are
     * oldest first; empty if each is by itself, or too many segments to be named by one with its
     * neighbour.
     */
    public static List<Run> pickAll(List<Run> runs) {
        int[] segments = runs.stream().mapToInt(run -> run.segmentBases().length).toArray();
        for (int from = 0; from < segments.length; from++) {
            int to = from + 1;
            while (to < segments.length && fits(segments, from, to + 1)) {
                to++;
            }
            if (to - from > 1) {
                return runs.subList(from, to);
            }
        }
        return List.of();
    }

    /**
     * What {@link #pick(List)} does, on sizes alone.
     *
     * @param segments segments of each run, of which a merged run has the sum at most
     */
    static Span pick(long[] entries, int[] segments, int fanout, int oldest) {
        int count = entries.length;
        long behindOldest = 0;
        for (int i = 1; i < count; i++) {
            behindOldest += entries[i];
        }
        if (count > 1 && entries[0] <= behindOldest * oldest && fits(segments, 0, count)) {
            return new Span(0, count);
        }
        for (int to = count; to > 1; to--) {
            int from = similar(entries, segments, to, fanout);
            if (to - from >= fanout) {
                return new Span(from, to);
            }
        }
        return new Span(0, 0);
    }

    /**
     * The first of the runs in front of {@code to} that are of about the size of the last, and
     * whose segments one run can name.
     */
    private static int similar(long[] entries, int[] segments, int to, int fanout) {
        long most = Math.max(entries[to - 1], 1) * fanout;
        int from = to - 1;
        while (from > 1 && entries[from - 1] < most && fits(segments, from - 1, to)) {
            from--;
        }
        return from;
    }

    private static boolean fits(int[] segments, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += segments[i];
        }
        return sum <= RunGeometry.MAX_SEGMENTS;
    }

    /** Runs to merge: from the one of that index to the one in front of the other. */
    record Span(int from, int to) {}
}
