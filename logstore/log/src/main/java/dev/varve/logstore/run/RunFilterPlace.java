package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.FilterPageDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RunHeaderDescriptor;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where the filter is in a run that nobody has opened.
 *
 * @param from offset of its first page
 * @param to offset behind its last page
 */
public record RunFilterPlace(long from, long to) {

    /** What the header says, unless there is no filter, or no file can have it so. */
    public static @Nullable RunFilterPlace in(StorageFile run) {
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE_LENGTH]);
        if (run.read(page, 0) < PAGE_LENGTH) {
            return null;
        }
        long lines = page.get(LittleEndian.LONG, RunHeaderDescriptor.FILTER_LINES_OFFSET);
        int segments = page.get(LittleEndian.INT, RunHeaderDescriptor.SEGMENT_COUNT_OFFSET);
        long pages = run.length() / PAGE_LENGTH;
        boolean possible =
                lines > 0
                        && lines / FilterPageDescriptor.LINES < pages
                        && segments >= 1
                        && segments <= RunGeometry.MAX_SEGMENTS;
        if (!possible) {
            return null;
        }
        RunGeometry geometry = new RunGeometry(segments, lines, 0, EntryLayout.MIN_WIDTH);
        long from = geometry.filterPage() * PAGE_LENGTH;
        long to = geometry.entryPage() * PAGE_LENGTH;
        return to <= run.length() ? new RunFilterPlace(from, to) : null;
    }
}
