package dev.varve.bloom;

import static dev.varve.bloom.HashColumnDescriptor.CRC_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.END_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.IDS_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.LENGTH;
import static dev.varve.bloom.HashColumnDescriptor.MAGIC;
import static dev.varve.bloom.HashColumnDescriptor.MAGIC_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.START_OFFSET;
import static dev.varve.bloom.HashColumnDescriptor.VERSION;
import static dev.varve.bloom.HashColumnDescriptor.VERSION_OFFSET;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Writes a {@link HashColumn}: {@link #put} every hash in the order of the log, then {@link
 * #finish}. The file has its name once it is whole and durable; closed before, it is left empty.
 *
 * <p>For one thread, who closes it. Holds up to 8 MiB of heap. Errors are those of the storage, and
 * leave nothing that is read, nor takes space once this is closed.
 */
public final class HashColumnWriter implements AutoCloseable {

    private static final int CAPACITY = HashColumnPartDescriptor.CAPACITY;
    private static final int INITIAL_CAPACITY = 1 << 10;

    private final Storage storage;
    private final long start;
    private final long end;
    private final long selfTest;
    private final BandwidthBudget budget;
    private final StorageFile file;
    private long[] hashes = new long[2 * INITIAL_CAPACITY];
    private int count;
    private long ids;
    private boolean finished;

    /** Begins the column of the ids of a log between two positions. */
    public HashColumnWriter(
            Storage storage, IdHash hash, long start, long end, BandwidthBudget budget) {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException("a column from " + start + " to " + end);
        }
        this.storage = storage;
        this.start = start;
        this.end = end;
        this.selfTest = hash.selfTest();
        this.budget = budget;
        file = storage.createOrEmpty(temporaryName());
    }

    private String temporaryName() {
        return HashColumnDescriptor.temporaryName(start, end);
    }

    /** Adds the hashes of all ids of a batch. */
    public void put(IdBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            put(batch.high(i), batch.low(i));
        }
    }

    /** Adds the hash of an id. */
    public void put(long high, long low) {
        if (2 * count == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * hashes.length);
        }
        hashes[2 * count] = high;
        hashes[2 * count + 1] = low;
        count++;
        if (count == CAPACITY) {
            writePart();
        }
    }

    /** Sorts the hashes by shard, keeping their order in each, and writes them. */
    private void writePart() {
        int[] ends = new int[BloomGeometry.SHARDS];
        for (int i = 0; i < count; i++) {
            ends[BloomGeometry.shard(hashes[2 * i])]++;
        }
        MemorySegment out =
                MemorySegment.ofArray(
                        new byte[HashColumnPartDescriptor.LENGTH + count * IdHash.HASH_LENGTH]);
        int next = 0;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            int inShard = ends[shard];
            out.set(
                    IdHash.LE_INT,
                    HashColumnPartDescriptor.shardCountOffset(shard),
                    inShard);
            ends[shard] = next;
            next += inShard;
        }
        for (int i = 0; i < count; i++) {
            int place = ends[BloomGeometry.shard(hashes[2 * i])]++;
            long at = hashOffset(place);
            out.set(IdHash.LE_LONG, at, hashes[2 * i]);
            out.set(IdHash.LE_LONG, at + Long.BYTES, hashes[2 * i + 1]);
        }
        encodeHead(out, ends);
        file.write(out, HashColumnDescriptor.partOffset(ids / CAPACITY));
        budget.spend(out.byteSize());
        ids += count;
        count = 0;
    }

    private void encodeHead(MemorySegment out, int[] ends) {
        int from = 0;
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            MemorySegment slice =
                    out.asSlice(hashOffset(from), hashOffset(ends[shard]) - hashOffset(from));
            out.set(
                    IdHash.LE_INT,
                    HashColumnPartDescriptor.shardCrcOffset(shard),
                    Checksum.of(slice));
            from = ends[shard];
        }
        out.set(IdHash.LE_INT, HashColumnPartDescriptor.PART_OFFSET, (int) (ids / CAPACITY));
        out.set(IdHash.LE_LONG, HashColumnPartDescriptor.START_OFFSET, start);
        out.set(IdHash.LE_INT, HashColumnPartDescriptor.COUNT_OFFSET, count);
        out.set(IdHash.LE_INT, HashColumnPartDescriptor.CRC_OFFSET, HashColumn.crcOfHead(out));
    }

    private static long hashOffset(int place) {
        return HashColumnPartDescriptor.LENGTH + (long) place * IdHash.HASH_LENGTH;
    }

    /** Makes the column durable under its name. */
    public HashColumn finish() {
        if (count > 0) {
            writePart();
        }
        MemorySegment header = MemorySegment.ofArray(new byte[LENGTH]);
        header.set(IdHash.LE_LONG, MAGIC_OFFSET, MAGIC);
        header.set(IdHash.LE_INT, VERSION_OFFSET, VERSION);
        header.set(IdHash.LE_LONG, START_OFFSET, start);
        header.set(IdHash.LE_LONG, END_OFFSET, end);
        header.set(IdHash.LE_LONG, SELF_TEST_OFFSET, selfTest);
        header.set(IdHash.LE_LONG, IDS_OFFSET, ids);
        header.set(IdHash.LE_INT, CRC_OFFSET, Checksum.of(header));
        file.write(header, 0);
        file.force();
        file.close();
        HashColumn column = new HashColumn(storage, start, end);
        storage.rename(temporaryName(), column.fileName());
        storage.forceDirectory();
        finished = true;
        return column;
    }

    /** The length of the file in bytes, once it is finished. */
    public long fileLength() {
        return HashColumnDescriptor.fileLength(ids);
    }

    @Override
    public void close() {
        file.close();
        if (finished) {
            return;
        }
        try {
            if (storage.exists(temporaryName())) {
                storage.createOrEmpty(temporaryName()).close(); // not deleted: see there
            }
        } catch (StorageException e) {
            // What failed before is told; whoever writes this column next empties it.
        }
    }
}
