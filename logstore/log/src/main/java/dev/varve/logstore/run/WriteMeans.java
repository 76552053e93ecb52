package dev.varve.logstore.run;

import dev.varve.bloom.BandwidthBudget;

/**
 * How files of the index are written.
 *
 * @param bandwidth how fast
 * @param filtered which runs get a filter
 * @param memory where the buffers are counted
 */
record WriteMeans(BandwidthBudget bandwidth, Filtered filtered, CountedMemory memory) {

    static WriteMeans unlimited() {
        return new WriteMeans(
                BandwidthBudget.unlimited(), Filtered.BEHIND_THE_START, new CountedMemory());
    }

    WriteMeans within(BandwidthBudget budget) {
        return new WriteMeans(budget, filtered, memory);
    }

    WriteMeans filteringAll() {
        return new WriteMeans(bandwidth, Filtered.ALL, memory);
    }

    /** Lines of the filter of a run of at most that many entries, 0 if it gets none. */
    long filterLines(RunRange range, long maxEntries) {
        boolean filters = filtered == Filtered.ALL || range.start() > 0;
        return filters ? RunGeometry.filterLines(maxEntries) : 0;
    }

    /** Which runs get a filter. */
    enum Filtered {
        /** All but the one from the log's start, which is mostly the largest. */
        BEHIND_THE_START,
        ALL
    }
}
