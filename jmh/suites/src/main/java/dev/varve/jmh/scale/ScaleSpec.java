package dev.varve.jmh.scale;

import java.nio.file.Path;

/**
 * What is loaded and asked.
 *
 * @param valueBytes length of each value
 * @param lookups random lookups of each kind while the store is warm
 * @param coldLookups the same after the page cache was emptied
 * @param memoryLimit bytes that the readers who race may take, page cache included; 0: no limit,
 *     but an empty page cache before each turn
 * @param folder of the store
 */
record ScaleSpec(
        long records,
        int valueBytes,
        KeyShape keys,
        long lookups,
        long coldLookups,
        long seed,
        long memoryLimit,
        Path folder) {

    ScaleSpec in(Path other) {
        return new ScaleSpec(
                records, valueBytes, keys, lookups, coldLookups, seed, memoryLimit, other);
    }

    long rawBytes() {
        return records * (KeyShape.LENGTH + valueBytes);
    }
}
