package dev.varve.jmh.peers;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The process of a set of ids on the heap: what it takes. */
final class HeapSet {

    private static final int BATCH = 10_000;
    private static final String BYTES = "bytes";

    /** More than an id takes, with the smaller table from which the last one was filled. */
    private static final long HEAP_BYTES_PER_ID = 168;

    /** Of the heap, where ids are made; the larger, the less often what is there is looked at. */
    private static final long LEAST_YOUNG_BYTES = 64L << 20;

    private static final int YOUNG_PART = 16;
    private static final long OTHER_BYTES = 256L << 20;

    private HeapSet() {}

    /** How many ids of those that are wanted have room in so much memory. */
    static long fitting(long wanted, long memoryBytes) {
        long perId = HEAP_BYTES_PER_ID + HEAP_BYTES_PER_ID / YOUNG_PART + 1;
        long room = memoryBytes - 2 * OTHER_BYTES - LEAST_YOUNG_BYTES;
        return Math.clamp(room / perId, 0, wanted);
    }

    /** The bytes that a set of so many takes, by a process of its own. */
    static double bytes(long count) {
        long young = LEAST_YOUNG_BYTES + count * HEAP_BYTES_PER_ID / YOUNG_PART;
        long heap = young + OTHER_BYTES + count * HEAP_BYTES_PER_ID;
        Map<String, Double> figures =
                FigureChild.run(HeapSet.class, heap, young, List.of(Long.toString(count)));
        Double bytes = figures.get(BYTES);
        if (bytes == null) {
            throw new IllegalStateException("the process of the set told nothing");
        }
        return bytes;
    }

    /** Argument: how many ids. */
    public static void main(String[] arguments) {
        FigureChild.endWithParent();
        long count = Long.parseLong(arguments[0]);
        NumberedIds ids = new NumberedIds(BATCH);
        long before = usedHeap();
        Set<ByteBuffer> set = new HashSet<>();
        for (long from = 0; from < count; from += BATCH) {
            int some = (int) Math.min(BATCH, count - from);
            ids.write(from, some);
            for (int i = 0; i < some; i++) {
                set.add(ByteBuffer.wrap(ids.id(i)));
            }
        }
        double bytes = (double) usedHeap() - before;
        if (set.size() != count) { // and the set is needed up to here
            throw new IllegalStateException(set.size() + " of " + count + " ids are in the set");
        }
        FigureChild.print(BYTES, bytes);
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
