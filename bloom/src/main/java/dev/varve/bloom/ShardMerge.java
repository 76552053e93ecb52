package dev.varve.bloom;

import dev.varve.logstore.io.StorageException;
import java.lang.foreign.MemorySegment;

/** Sets in a filter what the file of one of its shards holds; of a damaged chunk, all bits. */
record ShardMerge(BloomFilter filter, int shard) implements ShardFile.ChunkReader {

    /**
     * @throws StorageException if the shard of the filter has another number of lines
     */
    @Override
    public void begin(long lines) {
        if (filter.lines(shard) != lines) {
            throw new StorageException(
                    FilterHeader.differ(
                            "lines of the shard", "" + filter.lines(shard), "" + lines),
                    "the file of shard " + shard,
                    FilterShardDescriptor.LINES_OFFSET,
                    null);
        }
    }

    @Override
    public void good(long offset, MemorySegment bytes) {
        filter.merge(shard, offset, bytes);
    }

    @Override
    public void bad(long offset, MemorySegment bytes) {
        filter.merge(shard, offset, bytes.fill((byte) 0xff));
    }
}
