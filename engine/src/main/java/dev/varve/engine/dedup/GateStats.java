package dev.varve.engine.dedup;

/**
 * Counters of a {@link DuplicateGate} since it was made. Each is exact once the calls that moved it
 * have returned.
 *
 * @param reserved ids that were found absent and reserved, whatever became of them
 * @param duplicates ids that were refused because they were there, or earlier in the request
 * @param contended how often an id was found held by another reservation
 * @param confirms lookups in the log, for ids of which the filter said "maybe"
 * @param falsePositives confirms that found nothing
 */
public record GateStats(
        long reserved, long duplicates, long contended, long confirms, long falsePositives) {

    /** Confirms that found the id. */
    public long truePositives() {
        return confirms - falsePositives;
    }
}
