package dev.varve.engine.dedup;

/**
 * What the upkeep of a {@link LogFilter} has done and found.
 *
 * @param columns sealed segments that have a column of hashes
 * @param columnBytes the length of these columns
 * @param damagedColumns columns that were found to be damaged since the filter was opened
 * @param passes how many times shards were rebuilt or moved since the filter was opened
 */
public record FilterStats(int columns, long columnBytes, long damagedColumns, long passes) {}
