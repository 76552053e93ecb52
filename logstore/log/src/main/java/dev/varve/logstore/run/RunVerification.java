package dev.varve.logstore.run;

import static dev.varve.logstore.format.RunHeaderDescriptor.ENTRIES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.TOMBSTONES_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a run's parts say with its entries. For one thread; throws a {@link
 * CorruptionException} at the first difference.
 */
final class RunVerification {

    private final RunHeader header;
    private final Fence fence;
    private final @Nullable RunFilter filter;

    RunVerification(RunHeader header, Fence fence, @Nullable RunFilter filter) {
        this.header = header;
        this.fence = fence;
        this.filter = filter;
    }

    void verify(RunCursor cursor) {
        PageChecksum checksum = header.identity().pageChecksum();
        long entries = 0;
        long tombstones = 0;
        while (cursor.next()) {
            entries++;
            tombstones += cursor.tombstone() ? 1 : 0;
            long page = cursor.entryPage(header.geometry());
            if (cursor.base() != fence.base(page)) {
                throw checksum.damaged(
                        "the fence is not that of the page", header.geometry().entryPage() + page);
            }
            if (filter != null && !filter.mayContain(cursor.keyHash())) {
                throw checksum.damaged(
                        "the filter lacks an entry", header.geometry().entryPage() + page);
            }
        }
        requireCount("entries", entries, header.entries(), ENTRIES_OFFSET);
        requireCount("tombstones", tombstones, header.tombstones(), TOMBSTONES_OFFSET);
    }

    private void requireCount(String what, long found, long expected, int offset) {
        if (found != expected) {
            throw header.identity().damaged(found + " " + what + ", not " + expected, offset);
        }
    }
}
