package dev.varve.bloom;

/**
 * What a sample of a filter's lines says about the whole, without any query.
 *
 * @param falsePositiveRate the part of the ids never added for which the answer is "maybe" now; a
 *     shard that is not loaded counts with 1
 * @param fill the part of the bits that are set
 * @param ids how many different ids have about been added
 */
public record FilterEstimate(double falsePositiveRate, double fill, double ids) {}
