package dev.varve.logstore.run;

import dev.varve.logstore.io.Storage;

/** Runs that are read through mappings from the first page on. */
final class MappedRuns {

    private MappedRuns() {}

    static RunFiles files(Storage storage, long storeIdHigh, long storeIdLow) {
        return new RunFiles(
                storage,
                storeIdHigh,
                storeIdLow,
                (file, checksum, filter) -> new MappedPages(file, checksum),
                WriteMeans.unlimited());
    }
}
