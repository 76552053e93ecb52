package dev.varve.jmh.peers;

import dev.varve.bloom.BloomGeometry;

/**
 * Filters of Guava and of Varve for so many ids at the same rate of false positives: what each
 * takes, and what a machine can hold. Immutable.
 *
 * @param asked the rate that Varve's filter is made for
 */
record GuavaSize(long ids, double asked) {

    /** More than that a JVM refuses as length of an array, which is where Guava has its bits. */
    private static final long MOST_WORDS = Integer.MAX_VALUE - 8;

    /** Of the heap, beside the bits. */
    static final long YOUNG_BYTES = 64L << 20;

    private static final long OTHER_HEAP_BYTES = 128L << 20;

    /** What a JVM takes besides its heap. */
    private static final long JVM_BYTES = 256L << 20;

    /** Of so many ids at most that Guava can have and the memory can hold; may be none. */
    static GuavaSize fitting(long ids, double asked, long memoryBytes) {
        long low = 0;
        long high = ids;
        while (low < high) {
            long middle = low + (high - low + 1) / 2;
            if (new GuavaSize(middle, asked).fits(memoryBytes)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return new GuavaSize(low, asked);
    }

    private boolean fits(long memoryBytes) {
        return words() <= MOST_WORDS && memoryBytes() <= memoryBytes;
    }

    /** Memory for either, one at a time. */
    long memoryBytes() {
        return JVM_BYTES + OTHER_HEAP_BYTES + Math.max(heapBytes(), geometry().totalLength());
    }

    /** For Guava's. */
    long heapBytes() {
        return YOUNG_BYTES + OTHER_HEAP_BYTES + guavaBytes();
    }

    long guavaBytes() {
        return words() * Long.BYTES;
    }

    private long words() {
        double bits = -ids * Math.log(rate()) / (Math.log(2) * Math.log(2));
        return (long) Math.ceil(bits / Long.SIZE);
    }

    BloomGeometry geometry() {
        return BloomGeometry.forExpected(ids, asked);
    }

    /** What Varve's filter comes to, in whole lines: what Guava's is made for. */
    double rate() {
        return geometry().falsePositiveRate(ids);
    }
}
