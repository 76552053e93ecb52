package dev.varve.logstore;

import java.util.List;

/**
 * What opening a store found and did. Immutable.
 *
 * @param segments of the whole log
 * @param frames behind the last run, which opening has read; none after a close
 * @param records of those frames
 * @param scannedBytes of those frames; what is read again for a lost file of the index is not
 *     counted, the notes name it
 * @param endPosition where the log ends
 * @param tornBytes bytes behind the end that a crash left; kept, and set aside before the next
 *     write
 * @param notes one sentence for each thing out of the ordinary
 */
public record RecoveryReport(
        Outcome outcome,
        int segments,
        long frames,
        long records,
        long scannedBytes,
        long endPosition,
        long tornBytes,
        List<String> notes) {

    /** How the store had been left. */
    public enum Outcome {
        /** There was no store; an empty one was created. */
        CREATED,
        /** The store had been closed. */
        CLEAN,
        /** The store had not been closed: the process was killed or the machine lost power. */
        UNCLEAN
    }
}
