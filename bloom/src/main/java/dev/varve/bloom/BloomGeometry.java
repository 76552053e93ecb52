package dev.varve.bloom;

/**
 * The size and shape of a filter: {@link #SHARDS} shards of {@code linesPerShard} lines of 64
 * bytes, in which an id owns one bit in each of {@code wordsPerId} words. Immutable.
 *
 * @param linesPerShard a positive multiple of {@link #STRIPES_PER_SHARD}
 * @param wordsPerId 5 to 8
 * @param expectedIds for how many ids the filter is meant; with more, its rate rises quickly
 */
public record BloomGeometry(long linesPerShard, int wordsPerId, long expectedIds) {

    /** The number of shards; the top eight bits of a hash tell the shard. */
    public static final int SHARDS = 256;

    /** The number of lock stripes of a shard; each covers as many neighbouring lines. */
    public static final int STRIPES_PER_SHARD = 16;

    /** Bits per id where only memory is given: a rate of 0.42 percent. */
    public static final double DEFAULT_BITS_PER_ID = 12;

    /** 2^40 lines of a shard are 16 PiB of filter; the arithmetic of lines is exact up to there. */
    private static final long MAX_LINES_PER_SHARD = 1L << 40;

    private static final long LINE_BITS = 8L * LineProbe.LINE_LENGTH;
    private static final long LINES_QUANTUM = (long) SHARDS * STRIPES_PER_SHARD;

    public BloomGeometry {
        FalsePositiveRate.checkWordsPerId(wordsPerId);
        if (!isNumberOfLines(linesPerShard)) {
            throw new IllegalArgumentException(
                    "lines of a shard must be a multiple of "
                            + STRIPES_PER_SHARD
                            + " up to "
                            + MAX_LINES_PER_SHARD
                            + ", not "
                            + linesPerShard);
        }
        if (expectedIds < 1) {
            throw new IllegalArgumentException("expected ids must be positive, not " + expectedIds);
        }
    }

    /**
     * The smallest filter that answers "maybe" for at most that part of the ids that were never
     * added, once {@code ids} ids were.
     *
     * @param ids 1 or more
     * @param falsePositiveRate {@link FalsePositiveRate#MIN} to {@link FalsePositiveRate#MAX}
     */
    public static BloomGeometry forExpected(long ids, double falsePositiveRate) {
        double bitsPerId = FalsePositiveRate.bitsPerIdFor(falsePositiveRate);
        long lines = linesPerShard(Math.ceil(Math.max(ids, 1) * bitsPerId / LINE_BITS));
        requirePossible(ids, lines);
        return new BloomGeometry(lines, FalsePositiveRate.bestWordsPerId(bitsPerId), ids);
    }

    private static void requirePossible(long ids, long lines) {
        if (lines > MAX_LINES_PER_SHARD) {
            throw new IllegalArgumentException(
                    ids + " ids need " + lines + " lines a shard; " + MAX_LINES_PER_SHARD
                            + " are the most");
        }
    }

    /**
     * The largest filter of at most {@code bytes} bytes, for as many ids as have {@link
     * #DEFAULT_BITS_PER_ID} bits each.
     */
    public static BloomGeometry forMemory(long bytes) {
        long linesPerShard = bytes / LineProbe.LINE_LENGTH / LINES_QUANTUM * STRIPES_PER_SHARD;
        if (linesPerShard == 0) {
            throw new IllegalArgumentException(
                    "a filter has at least "
                            + LINES_QUANTUM * LineProbe.LINE_LENGTH
                            + " bytes, not "
                            + bytes);
        }
        double bits = (double) linesPerShard * SHARDS * LINE_BITS;
        return new BloomGeometry(
                linesPerShard,
                FalsePositiveRate.bestWordsPerId(DEFAULT_BITS_PER_ID),
                (long) (bits / DEFAULT_BITS_PER_ID));
    }

    /** Whether a shard can have so many lines. */
    static boolean isNumberOfLines(long lines) {
        return lines >= STRIPES_PER_SHARD
                && lines <= MAX_LINES_PER_SHARD
                && lines % STRIPES_PER_SHARD == 0;
    }

    /**
     * Lines of a shard of a filter like this one that is made for so many ids, at least these.
     *
     * @throws IllegalArgumentException if a filter cannot have so many
     */
    public long linesPerShardFor(long ids) {
        double times = Math.max(1, (double) ids / expectedIds);
        long lines = linesPerShard(Math.ceil(linesPerShard * times) * SHARDS);
        requirePossible(ids, lines);
        return lines;
    }

    private static long linesPerShard(double lines) {
        return (long) Math.ceil(lines / LINES_QUANTUM) * STRIPES_PER_SHARD;
    }

    /** The length of a shard in bytes. */
    public long shardLength() {
        return linesPerShard * LineProbe.LINE_LENGTH;
    }

    /**
     * How long the files of all shards are together while a checkpoint is written: there is one
     * more of them then than there are shards.
     */
    public long filesLength() {
        int chunks = FilterShardDescriptor.chunkCount(shardLength());
        return (SHARDS + 1) * (FilterShardDescriptor.dataOffset(chunks) + shardLength());
    }

    /** The length of all shards in bytes. */
    public long totalLength() {
        return shardLength() * SHARDS;
    }

    /** The false positive rate to expect once that many ids were added. */
    public double falsePositiveRate(long ids) {
        return ids == 0 ? 0 : FalsePositiveRate.of(totalLength() * 8.0 / ids, wordsPerId);
    }

    /** The shard of an id. */
    static int shard(long high) {
        return (int) (high >>> 56);
    }

    /** The lock stripe of an id; a stripe is a range of lines of one shard. */
    static int stripe(long high) {
        return (int) (high >>> 52);
    }

    /** The offset of the line of an id in its shard. */
    static long lineOffset(long high, long linesPerShard) {
        return LineProbe.offset(high << 8, linesPerShard);
    }
}
