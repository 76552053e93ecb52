package dev.varve.logstore;

import java.util.List;

/**
 * What {@link LogStore#verify()} found.
 *
 * @param problems one sentence for each thing that is wrong, with file and offset; empty if nothing
 */
public record VerifyReport(
        int segments, long frames, long records, long bytes, List<String> problems) {

    /** Whether nothing is wrong. */
    public boolean isClean() {
        return problems.isEmpty();
    }
}
