package dev.varve.logstore.run;

import static dev.varve.logstore.format.FilterPageDescriptor.LINES;
import static dev.varve.logstore.format.FilterPageDescriptor.LINES_OFFSET;

import dev.varve.bloom.LineProbe;

/**
 * Writes the filter of a run as a stream of pages: hashes come in ascending order, and so do their
 * lines. For one thread.
 */
final class FilterWriter {

    private final PageStream stream;
    private final PageChecksum checksum;
    private final long lines;
    private final long pages;
    private long page;
    private long offset;

    FilterWriter(PageStream stream, PageChecksum checksum, RunGeometry geometry) {
        this.stream = stream;
        this.checksum = checksum;
        lines = geometry.filterLines();
        pages = geometry.filterPages();
        offset = stream.begin((byte) 0);
    }

    void add(long keyHash) {
        long line = RunFilter.line(keyHash, lines);
        moveTo(line / LINES);
        LineProbe.set(
                stream.memory(),
                offset + LINES_OFFSET + line % LINES * LineProbe.LINE_LENGTH,
                RunFilter.low(keyHash),
                RunGeometry.FILTER_WORDS);
    }

    private void moveTo(long target) {
        while (page < target) {
            stream.end(checksum);
            page++;
            offset = stream.begin((byte) 0);
        }
    }

    /** Writes the rest of the pages. */
    void finish() {
        moveTo(pages - 1);
        stream.end(checksum);
        stream.flush();
    }
}
