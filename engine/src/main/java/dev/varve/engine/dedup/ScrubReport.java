package dev.varve.engine.dedup;

/**
 * What {@link LogFilter#scrub} has looked at and found.
 *
 * @param ids how many ids the filter was asked for
 * @param missing how many of them it called absent; it has them again
 * @param badColumns how many columns of hashes did not agree with the log
 */
public record ScrubReport(long ids, long missing, long badColumns) {}
