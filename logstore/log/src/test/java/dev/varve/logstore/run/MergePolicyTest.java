package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the policy costs when segments come one after the other, counted, not timed. */
final class MergePolicyTest {

    private static final double ENTRY_BYTES = 9.08;

    /** A life of a store as runs of one segment each arrive, and all merges are made at once. */
    private static final class Life {

        private final List<long[]> runs = new ArrayList<>();
        private double written;
        private double arrived;
        private int mostRuns;
        private double mostFiltered;

        void arrive(long entries, int fanout, int oldest) {
            runs.add(new long[] {entries, 1});
            arrived += entries;
            written += entries;
            for (MergePolicy.Span span = pick(fanout, oldest);
                    span.to() > 0;
                    span = pick(fanout, oldest)) {
                assertTrue(span.to() - span.from() >= 2, span::toString);
                List<long[]> merging = runs.subList(span.from(), span.to());
                long sum = merging.stream().mapToLong(run -> run[0]).sum();
                long segments = merging.stream().mapToLong(run -> run[1]).sum();
                assertTrue(segments <= RunGeometry.MAX_SEGMENTS, "segments " + segments);
                merging.clear();
                runs.add(span.from(), new long[] {sum, segments});
                written += sum;
            }
            mostRuns = Math.max(mostRuns, runs.size());
            mostFiltered = Math.max(mostFiltered, 1 - runs.getFirst()[0] / arrived);
        }

        private MergePolicy.Span pick(int fanout, int oldest) {
            return MergePolicy.pick(
                    runs.stream().mapToLong(run -> run[0]).toArray(),
                    runs.stream().mapToInt(run -> (int) run[1]).toArray(),
                    fanout,
                    oldest);
        }

        double bytesPerEntry() {
            return written / arrived * ENTRY_BYTES;
        }
    }

    /** 100 million keys of 160 bytes are 64 segments, of which an import writes eight at a time. */
    @Test
    void shouldKeepFewRunsForFewBytesAtAHundredMillionKeys() {
        Life life = new Life();
        for (int i = 0; i < 8; i++) {
            life.arrive(8 * 1_677_721, MergePolicy.FANOUT, MergePolicy.OLDEST);
        }
        assertTrue(life.mostRuns <= 4, "runs " + life.mostRuns);
        assertTrue(life.bytesPerEntry() <= 28, "bytes per entry " + life.bytesPerEntry());
        assertTrue(life.mostFiltered <= 0.5, "part with a filter " + life.mostFiltered);
    }

    @Test
    void shouldKeepFewRunsForFewBytesWhereEverySegmentHasItsOwn() {
        Life life = new Life();
        for (int segment = 0; segment < 64; segment++) {
            life.arrive(1_677_721, MergePolicy.FANOUT, MergePolicy.OLDEST);
        }
        assertTrue(life.mostRuns <= 12, "runs " + life.mostRuns);
        assertTrue(life.bytesPerEntry() <= 34, "bytes per entry " + life.bytesPerEntry());
    }

    @Test
    void shouldKeepFewRunsWhateverTheirSizes() {
        for (long seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            Life life = new Life();
            for (int segment = 0; segment < 500; segment++) {
                long entries = (long) Math.pow(10, 6 * random.nextDouble());
                life.arrive(random.nextInt(20) == 0 ? 0 : entries, 4, 3);
            }
            assertTrue(life.mostRuns <= 24, "seed " + seed + ": runs " + life.mostRuns);
        }
    }

    @Test
    void shouldNotMergeMoreSegmentsThanARunCanName() {
        int[] segments = {40_000, 30_000};
        assertEquals(
                new MergePolicy.Span(0, 0),
                MergePolicy.pick(new long[] {5, 5}, segments, 4, 3));
        segments[1] = 25_536;
        assertEquals(
                new MergePolicy.Span(0, 2),
                MergePolicy.pick(new long[] {5, 5}, segments, 4, 3));
    }

    /** Of tables found by height alone there are runs without an entry, all of one size. */
    @Test
    void shouldMergeTheNewestWhereTheOnesBeforeAreFull() {
        int[] segments = {65_536, 65_534, 1, 1, 1, 1};
        assertEquals(
                new MergePolicy.Span(2, 6), MergePolicy.pick(new long[6], segments, 4, 3));
    }

    @Test
    void shouldLeaveOneRunAlone() {
        assertEquals(
                new MergePolicy.Span(0, 0),
                MergePolicy.pick(new long[] {5}, new int[] {1}, 4, 3));
        assertTrue(MergePolicy.pick(List.of()).isEmpty());
    }
}
