package dev.varve.jmh.counter;

import java.util.Arrays;

/** What is counted, per operation where nothing else is said. */
public enum Counter {
    /** Heap bytes that all threads allocated once everything was compiled. */
    ALLOCATED("allocated", "B/op"),
    /** Calls that read a file. */
    READS("reads", "reads/op"),
    BYTES_READ("bytes-read", "B/op"),
    /** Calls that wrote a file. */
    WRITES("writes", "writes/op"),
    BYTES_WRITTEN("bytes-written", "B/op"),
    /** Calls that forced a file or the directory. */
    FORCES("forces", "forces/op"),
    /** Bytes written per byte of key and value that was stored: the write amplification. */
    WRITTEN_PER_BYTE("written-per-byte", "B/B"),
    /** Bytes by which the files grew per record that was stored. */
    DISK_PER_RECORD("disk-per-record", "B/record");

    private final String label;
    private final String unit;

    Counter(String label, String unit) {
        this.label = label;
        this.unit = unit;
    }

    /** The counter's name in budget files and reports. */
    public String label() {
        return label;
    }

    public String unit() {
        return unit;
    }

    /** The counter of that name. */
    public static Counter of(String label) {
        return Arrays.stream(values())
                .filter(counter -> counter.label.equals(label))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no counter '" + label + "'"));
    }
}
