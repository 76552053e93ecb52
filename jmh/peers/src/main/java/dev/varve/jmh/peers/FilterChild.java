package dev.varve.jmh.peers;

import com.google.common.hash.Funnels;
import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import java.util.List;

/**
 * The process of one filter in memory, Guava's or Varve's: filled, and asked, by one thread. Ids
 * are hashed as part of every time.
 */
final class FilterChild {

    static final String GUAVA = "guava";
    static final String VARVE = "varve";
    static final String SINGLY = "one by one";
    static final String BATCHES = "in batches";
    static final String FALSE_POSITIVES = "false positives measured";

    private static final int BATCH = 10_000;
    private static final int PIECES = 100;
    private static final double QUERIES = (double) PIECES * BATCH;

    /** Numbers from here on are never added. */
    private static final long ABSENT = 1L << 60;

    /** Not measured: methods are compiled then, and every page of the memory is met. */
    private static final long MOST_WARM_UP = 1_000_000;

    private final List<Way> ways;
    private final long added;
    private final NumberedIds ids = new NumberedIds(BATCH);

    private FilterChild(List<Way> ways, long added) {
        this.ways = ways;
        this.added = added;
    }

    /** Arguments: which filter, for how many ids, at which rate, and how many are added. */
    public static void main(String[] arguments) {
        FigureChild.endWithParent();
        GuavaSize size =
                new GuavaSize(Long.parseLong(arguments[1]), Double.parseDouble(arguments[2]));
        long added = Long.parseLong(arguments[3]);
        switch (arguments[0]) {
            case GUAVA -> new FilterChild(List.of(new Guava(size)), added).run(size);
            case VARVE -> varve(size, added);
            default -> throw new IllegalArgumentException("no filter is " + arguments[0]);
        }
    }

    /** One way to add ids and to ask for them. */
    private interface Way {

        String name();

        /** Takes what it needs of the ids: not measured. */
        void take(NumberedIds ids, int count);

        void add(int count);

        /** How many of them may be there. */
        int check(int count);
    }

    private static void varve(GuavaSize size, long added) {
        IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 17, 19);
        try (BloomFilter filter = BloomFilter.create(size.geometry(), hash)) {
            new FilterChild(List.of(new Singly(filter), new Batches(filter)), added).run(size);
        }
    }

    private void run(GuavaSize size) {
        fill();
        check("check of ids that are there", 0, added / PIECES);
        if (added == size.ids()) {
            double hits = check("check of absent ids", ABSENT, BATCH);
            FigureChild.print(FALSE_POSITIVES, 100 * hits / QUERIES);
        }
    }

    /** Each piece of the ids in the next way. */
    private void fill() {
        double[] nanos = new double[ways.size()];
        long[] counts = new long[ways.size()];
        int turn = 0;
        for (long from = 0; from < added; from += BATCH) {
            int count = (int) Math.min(BATCH, added - from);
            Way way = ways.get(turn);
            way.take(ids.write(from, count), count);
            long start = System.nanoTime();
            way.add(count);
            long taken = System.nanoTime() - start;
            if (from >= Math.min(MOST_WARM_UP, added / 2)) {
                nanos[turn] += taken;
                counts[turn] += count;
            }
            turn = (turn + 1) % ways.size();
        }
        tell("fill", nanos, counts);
    }

    /** From {@code first} on, a piece every {@code step} numbers; how many may be there. */
    private double check(String name, long first, long step) {
        double[] nanos = new double[ways.size()];
        long[] counts = new long[ways.size()];
        double hits = 0;
        for (int piece = 0; piece < PIECES; piece++) {
            int turn = piece % ways.size();
            Way way = ways.get(turn);
            long from = first + step * piece;
            int count = first == 0 ? (int) Math.min(BATCH, added - from) : BATCH;
            way.take(ids.write(from, count), count);
            long start = System.nanoTime();
            int there = way.check(count);
            long taken = System.nanoTime() - start;
            if (piece >= PIECES / 10) { // as above
                nanos[turn] += taken;
                counts[turn] += count;
            }
            hits += there;
            if (first == 0 && there != count) {
                throw new IllegalStateException("a false negative behind id " + from);
            }
        }
        tell(name, nanos, counts);
        return hits;
    }

    private void tell(String name, double[] nanos, long[] counts) {
        for (int i = 0; i < nanos.length; i++) {
            FigureChild.print(name + ", " + ways.get(i).name(), nanos[i] / counts[i]);
        }
    }

    /** Guava's has no other way. */
    private static final class Guava implements Way {

        private final com.google.common.hash.BloomFilter<byte[]> filter;
        private final byte[][] some = new byte[BATCH][];

        Guava(GuavaSize size) {
            filter =
                    com.google.common.hash.BloomFilter.create(
                            Funnels.byteArrayFunnel(), size.ids(), size.rate());
        }

        @Override
        public String name() {
            return SINGLY;
        }

        @Override
        public void take(NumberedIds ids, int count) {
            for (int i = 0; i < count; i++) {
                some[i] = ids.id(i);
            }
        }

        @Override
        public void add(int count) {
            for (int i = 0; i < count; i++) {
                filter.put(some[i]);
            }
        }

        @Override
        public int check(int count) {
            int hits = 0;
            for (int i = 0; i < count; i++) {
                hits += filter.mightContain(some[i]) ? 1 : 0;
            }
            return hits;
        }
    }

    /** Varve's, one by one. */
    private static final class Singly implements Way {

        private final BloomFilter filter;
        private NumberedIds ids = new NumberedIds(0);

        Singly(BloomFilter filter) {
            this.filter = filter;
        }

        @Override
        public String name() {
            return SINGLY;
        }

        @Override
        public void take(NumberedIds some, int count) {
            ids = some;
        }

        @Override
        public void add(int count) {
            for (int i = 0; i < count; i++) {
                filter.add(ids.memory(), (long) i * NumberedIds.LENGTH, NumberedIds.LENGTH);
            }
        }

        @Override
        public int check(int count) {
            int hits = 0;
            for (int i = 0; i < count; i++) {
                long offset = (long) i * NumberedIds.LENGTH;
                hits += filter.mayContain(ids.memory(), offset, NumberedIds.LENGTH) ? 1 : 0;
            }
            return hits;
        }
    }

    /** Varve's, in batches. */
    private static final class Batches implements Way {

        private final BloomFilter filter;
        private final IdBatch batch;
        private NumberedIds ids = new NumberedIds(0);

        Batches(BloomFilter filter) {
            this.filter = filter;
            batch = new IdBatch(filter.hash(), BATCH);
        }

        @Override
        public String name() {
            return BATCHES;
        }

        @Override
        public void take(NumberedIds some, int count) {
            ids = some;
        }

        @Override
        public void add(int count) {
            filter.add(ids.into(batch, count));
        }

        @Override
        public int check(int count) {
            filter.mayContain(ids.into(batch, count));
            return batch.trueAnswers();
        }
    }
}
