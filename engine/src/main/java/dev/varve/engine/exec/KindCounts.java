package dev.varve.engine.exec;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts by kind of key. One thread at a time. */
final class KindCounts {

    private final KeyClassifier classifier;
    private final List<String> kinds;
    private final long[] counts;

    KindCounts(KeyClassifier classifier) {
        this.classifier = classifier;
        this.kinds = List.copyOf(classifier.kinds());
        this.counts = new long[kinds.size()];
    }

    void count(byte[] key) {
        counts[classifier.kindOf(key)]++;
    }

    void addTo(KindCounts other) {
        for (int i = 0; i < counts.length; i++) {
            other.counts[i] += counts[i];
        }
    }

    void clear() {
        Arrays.fill(counts, 0);
    }

    Map<String, Long> toMap() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (int i = 0; i < counts.length; i++) {
            map.put(kinds.get(i), counts[i]);
        }
        return map;
    }
}
