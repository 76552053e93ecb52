package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How shards are written: what is asked before each, the pace, and the memory through which
 * their bits go, one after the other. To close an arena stops every thread of the process for a
 * moment: once, not once for each shard.
 *
 * <p>For one thread; closed by who made it.
 */
final class ShardWriting implements AutoCloseable {

    private final LongSupplier position;
    private final LongConsumer space;
    private final BandwidthBudget budget;
    private final Arena arena = Arena.ofShared();
    private MemorySegment buffer = MemorySegment.NULL;

    ShardWriting(LongSupplier position, LongConsumer space, BandwidthBudget budget) {
        this.position = position;
        this.space = space;
        this.budget = budget;
    }

    static ShardWriting at(long position, BandwidthBudget budget) {
        return new ShardWriting(() -> position, bytes -> {}, budget);
    }

    long nextPosition() {
        long next = position.getAsLong();
        if (next < 0) {
            throw new IllegalArgumentException("a position is not negative, as is " + next);
        }
        return next;
    }

    void requireSpace(long bytes) {
        if (bytes > 0) {
            space.accept(bytes);
        }
    }

    BandwidthBudget budget() {
        return budget;
    }

    /** Room for a chunk; once more for each shard that is longer than all before. */
    MemorySegment buffer(long shardLength) {
        long length = Math.min(shardLength, FilterShardDescriptor.CHUNK_LENGTH);
        if (buffer.byteSize() < length) {
            buffer = arena.allocate(length);
        }
        return buffer;
    }

    @Override
    public void close() {
        arena.close();
    }
}
