package dev.varve.logstore.run;

import dev.varve.bloom.BandwidthBudget;

/**
 * What writing files of the index may take.
 *
 * @param bandwidth how fast it writes
 * @param memory where its buffers are counted
 */
record WriteMeans(BandwidthBudget bandwidth, CountedMemory memory) {

    static WriteMeans unlimited() {
        return new WriteMeans(BandwidthBudget.unlimited(), new CountedMemory());
    }
}
