package dev.varve.jmh.peers;

/** What is measured of each store. */
enum Metric {
    LOAD("load", "rec/s", "batches of 10,000, put and committed, no force; JVM warmed by 100,000"),
    LOAD_FORCED("load, forced", "rec/s", "the same and one force at the end"),
    OPEN_KILLED("open, killed", "ms", "after the force and a kill, first record read"),
    CLOSE("close", "ms", "of what was opened so, after a commit of one record"),
    REOPEN("reopen", "ms", "after a clean close, page cache warm, first record read"),
    HIT("hit, copied", "ns", "random keys, made in that time, warm, into an array, all bytes read"),
    VIEW("hit, viewed", "ns", "the same where the value lies, without a copy"),
    MISS("miss", "ns", "random keys that no record has"),
    COLD_HIT("hit, cold", "us", "page cache dropped, store opened anew, value compared"),
    COLD_READS("cold reads", "/hit", "requests to the device in it, those of the index included"),
    COLD_BYTES("cold bytes", "KiB/hit", "that came from the device in it"),
    DURABLE("durable commits", "/s", "one record each, committed and forced, an empty store"),
    DISK("disk / raw", "x", "blocks allocated after closing, by 132 bytes for each record"),
    WRITTEN(
            "written / raw",
            "x",
            "from the first record to the close, by the device: nobody else may write meanwhile"),
    MEMORY("peak RSS", "MiB", "of the process that reads: JVM, heap and mapped files included");

    private final String label;
    private final String unit;
    private final String meaning;

    Metric(String label, String unit, String meaning) {
        this.label = label;
        this.unit = unit;
        this.meaning = meaning;
    }

    String label() {
        return label;
    }

    String unit() {
        return unit;
    }

    String meaning() {
        return meaning;
    }
}
