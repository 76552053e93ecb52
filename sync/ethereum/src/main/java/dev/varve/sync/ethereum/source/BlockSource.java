package dev.varve.sync.ethereum.source;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of one chain, of consecutive heights, in any order. A source promises the form of what it
 * returns only as far as it had to look at it; whether the blocks are valid is for the stages.
 *
 * <p>Used by one thread at a time and closed by who opened it. The arrays returned are the
 * caller's. A height outside {@link #first()} to {@link #end()} is an {@link
 * IllegalArgumentException}; damage, or a failed read, a {@link SourceException}, and the source
 * remains usable. Reading from a closed source is an {@link IllegalStateException}. The blocks that
 * a source keeps in memory are bounded in bytes.
 */
public interface BlockSource extends AutoCloseable {

    /** Height of the lowest block. */
    long first();

    /** Height behind the highest block; more than {@link #first()}. */
    long end();

    /** The block's header, encoded. */
    byte[] header(long height);

    /** The list of the block's transactions, uncles and, where there are any, withdrawals. */
    byte[] body(long height);

    /** The list of the block's receipts in consensus form; null if the source has none. */
    byte @Nullable [] receipts(long height);

    /** Sum of the difficulties up to this block; null if the source does not know it. */
    @Nullable BigInteger totalDifficulty(long height);

    /** Where the block is, for messages: file and offset, or what stands for them. */
    String describe(long height);

    /** The error for a block that turns out not to be one, naming where it stands. */
    SourceException damaged(long height, String what, RuntimeException cause);

    @Override
    void close();

    /** Checks that a height is one of the given source's. */
    static void checkHeight(BlockSource source, long height) {
        if (height < source.first() || height >= source.end()) {
            throw new IllegalArgumentException(
                    "height " + height + " is not in ["
                            + source.first() + ", " + source.end() + ")");
        }
    }
}
