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

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The hashes of all ids that a piece of a log added to a filter, in a file beside it: from it the
 * filter is grown, rebuilt, scrubbed and brought up to date faster than from the log. Made by a
 * {@link HashColumnWriter}; docs/FORMAT-bloom.md describes it. It can always be made again.
 *
 * <p>Inside of each of its parts the hashes are sorted by shard, so that who needs a few shards
 * reads little. Immutable, any thread; nothing is open between calls.
 *
 * @param start position in the log where the piece begins
 * @param end position behind it
 */
public record HashColumn(Storage storage, long start, long end) {

    /** The columns in a directory, by position. Whether they can be used is told by reading. */
    public static List<HashColumn> list(Storage storage) {
        return storage.list().stream()
                .filter(HashColumnDescriptor::isColumnFile)
                .map(
                        name ->
                                new HashColumn(
                                        storage,
                                        HashColumnDescriptor.start(name),
                                        HashColumnDescriptor.end(name)))
                .filter(column -> column.start < column.end)
                .sorted(Comparator.comparingLong(HashColumn::start))
                .toList();
    }

    /** Deletes what a crash left of columns that were being written; nobody may be at that. */
    static void deleteTemporaries(Storage storage) {
        storage.list().stream()
                .filter(HashColumnDescriptor::isTemporary)
                .forEach(storage::delete);
    }

    /** The name of the file. */
    public String fileName() {
        return HashColumnDescriptor.fileName(start, end);
    }

    /** The length of the file in bytes. */
    public long fileLength() {
        try (StorageFile file = storage.open(fileName(), Access.READ)) {
            return file.length();
        }
    }

    /** Deletes the file, durably. */
    public void delete() {
        storage.delete(fileName());
        storage.forceDirectory();
    }

    /**
     * Reads the hashes of some shards, of each in the order of the log, and hands them over in
     * batches that are valid inside the call only.
     *
     * @param batch is filled again and again; its hash is that of the filter
     * @param first the first shard
     * @param end behind the last shard
     * @param taker is given each batch, and returns false to end the reading
     * @return whether all was read
     * @throws CorruptionException if the column is damaged, or of another filter; what was handed
     *     over until then is right
     */
    public boolean read(IdBatch batch, int first, int end, Predicate<IdBatch> taker) {
        try (StorageFile file = storage.open(fileName(), Access.READ)) {
            return new Reader(file, batch, taker).read(first, end);
        }
    }

    /** One reading of the file. */
    private final class Reader {

        private final StorageFile file;
        private final IdBatch batch;
        private final Predicate<IdBatch> taker;
        private final MemorySegment head =
                MemorySegment.ofArray(new byte[HashColumnPartDescriptor.LENGTH]);
        private MemorySegment buffer = MemorySegment.ofArray(new byte[0]);

        Reader(StorageFile file, IdBatch batch, Predicate<IdBatch> taker) {
            this.file = file;
            this.batch = batch;
            this.taker = taker;
        }

        boolean read(int first, int end) {
            batch.clear();
            long ids = readHeader();
            long left = ids;
            for (long part = 0; part < HashColumnDescriptor.partCount(ids); part++) {
                long count = Math.min(left, HashColumnPartDescriptor.CAPACITY);
                if (!readPart(part, (int) count, first, end)) {
                    return false;
                }
                left -= count;
            }
            return batch.size() == 0 || taker.test(batch);
        }

        /** Returns the number of ids. */
        private long readHeader() {
            MemorySegment in = MemorySegment.ofArray(new byte[LENGTH]);
            boolean whole = file.read(in, 0) == LENGTH;
            int crc = in.get(IdHash.LE_INT, CRC_OFFSET);
            in.set(IdHash.LE_INT, CRC_OFFSET, 0);
            long ids = in.get(IdHash.LE_LONG, IDS_OFFSET);
            boolean valid =
                    whole
                            && crc == Checksum.of(in)
                            && in.get(IdHash.LE_LONG, MAGIC_OFFSET) == MAGIC
                            && in.get(IdHash.LE_INT, VERSION_OFFSET) == VERSION
                            && in.get(IdHash.LE_LONG, START_OFFSET) == start
                            && in.get(IdHash.LE_LONG, END_OFFSET) == end
                            && in.get(IdHash.LE_LONG, SELF_TEST_OFFSET)
                                    == batch.hash().selfTest()
                            && ids >= 0
                            && ids <= file.length() / IdHash.HASH_LENGTH
                            && file.length() == HashColumnDescriptor.fileLength(ids);
            if (!valid) {
                throw new CorruptionException(
                        "not the column of these positions and this filter", file.name(), 0, null);
            }
            return ids;
        }

        private boolean readPart(long part, int count, int first, int end) {
            long at = HashColumnDescriptor.partOffset(part);
            readHead(part, count, at);
            long skipped = 0;
            for (int shard = 0; shard < first; shard++) {
                skipped += countOf(shard);
            }
            long wanted = 0;
            for (int shard = first; shard < end; shard++) {
                wanted += countOf(shard);
            }
            long offset = at + HashColumnPartDescriptor.LENGTH + skipped * IdHash.HASH_LENGTH;
            MemorySegment hashes = bufferOf(wanted * IdHash.HASH_LENGTH);
            if (file.read(hashes, offset) != hashes.byteSize()) {
                throw new CorruptionException("the column is too short", file.name(), offset, null);
            }
            long from = 0;
            for (int shard = first; shard < end; shard++) {
                long length = countOf(shard) * (long) IdHash.HASH_LENGTH;
                MemorySegment slice = hashes.asSlice(from, length);
                if (Checksum.of(slice) != crcOf(shard)) {
                    throw new CorruptionException(
                            "the hashes of shard " + shard + " are damaged",
                            file.name(),
                            offset + from,
                            null);
                }
                if (!hand(slice)) {
                    return false;
                }
                from += length;
            }
            return true;
        }

        private void readHead(long part, int count, long at) {
            boolean whole = file.read(head, at) == head.byteSize();
            long sum = 0;
            boolean bounded = true;
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                bounded &= countOf(shard) >= 0;
                sum += countOf(shard);
            }
            boolean valid =
                    whole
                            && bounded
                            && sum == count
                            && crcOfHead(head)
                                    == head.get(
                                            IdHash.LE_INT, HashColumnPartDescriptor.CRC_OFFSET)
                            && head.get(IdHash.LE_INT, HashColumnPartDescriptor.PART_OFFSET)
                                    == (int) part
                            && head.get(IdHash.LE_LONG, HashColumnPartDescriptor.START_OFFSET)
                                    == start
                            && head.get(IdHash.LE_INT, HashColumnPartDescriptor.COUNT_OFFSET)
                                    == count;
            if (!valid) {
                throw new CorruptionException(
                        "part " + part + " of the column is damaged", file.name(), at, null);
            }
        }

        private int countOf(int shard) {
            return head.get(IdHash.LE_INT, HashColumnPartDescriptor.shardCountOffset(shard));
        }

        private int crcOf(int shard) {
            return head.get(IdHash.LE_INT, HashColumnPartDescriptor.shardCrcOffset(shard));
        }

        private MemorySegment bufferOf(long length) {
            if (buffer.byteSize() < length) {
                buffer = MemorySegment.ofArray(new byte[Math.toIntExact(length)]);
            }
            return buffer.asSlice(0, length);
        }

        private boolean hand(MemorySegment hashes) {
            for (long at = 0; at < hashes.byteSize(); at += IdHash.HASH_LENGTH) {
                if (batch.size() == batch.capacity()) {
                    if (!taker.test(batch)) {
                        return false;
                    }
                    batch.clear();
                }
                batch.putHash(
                        hashes.get(IdHash.LE_LONG, at),
                        hashes.get(IdHash.LE_LONG, at + Long.BYTES));
            }
            return true;
        }
    }

    /** The checksum of the head of a part. */
    static int crcOfHead(MemorySegment head) {
        return Checksum.of(
                head.asSlice(
                        HashColumnPartDescriptor.PART_OFFSET,
                        HashColumnPartDescriptor.LENGTH - HashColumnPartDescriptor.PART_OFFSET));
    }
}
