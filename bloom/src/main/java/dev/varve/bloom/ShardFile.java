package dev.varve.bloom;

import static dev.varve.bloom.FilterShardDescriptor.CHUNK_COUNT_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.CHUNK_LENGTH;
import static dev.varve.bloom.FilterShardDescriptor.CHUNK_LENGTH_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.CRC_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.FIRST_VERSION;
import static dev.varve.bloom.FilterShardDescriptor.GENERATION_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.LENGTH;
import static dev.varve.bloom.FilterShardDescriptor.LINES_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.MAGIC;
import static dev.varve.bloom.FilterShardDescriptor.MAGIC_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.POSITION_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.SHARD_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.TABLE_CRC_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.TABLE_ENTRY_LENGTH;
import static dev.varve.bloom.FilterShardDescriptor.TABLE_OFFSET;
import static dev.varve.bloom.FilterShardDescriptor.VERSION;
import static dev.varve.bloom.FilterShardDescriptor.VERSION_OFFSET;

import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint file of one shard: {@link FilterShardDescriptor} says how it is laid out. Works on
 * a file that its caller opened and closes. For one thread at a time.
 */
final class ShardFile {

    /** For as long as some bytes that are written, a force keeps others from theirs. */
    static final long COST_OF_FORCE = 1 << 20;

    /** The last force of a file that grew keeps them longer: small filters are mostly files. */
    static final long COST_OF_FILE = 12 << 20;

    private final StorageFile file;
    private final FilterHeader header;
    private final int shard;
    private final long lines;
    private final long shardLength;
    private final int chunkCount;
    private final long dataOffset;

    /**
     * @param lines as many as the shard has, see {@link #readLines}
     */
    ShardFile(StorageFile file, FilterHeader header, int shard, long lines) {
        this.file = file;
        this.header = header;
        this.shard = shard;
        this.lines = lines;
        shardLength = lines * LineProbe.LINE_LENGTH;
        chunkCount = FilterShardDescriptor.chunkCount(shardLength);
        dataOffset = FilterShardDescriptor.dataOffset(chunkCount);
    }

    // ---- writing ----

    /**
     * Copies the bits into the file, and returns what {@link #commit} ends it with. What ends the
     * file is not forced yet.
     *
     * @param source the bits, which others may be changing
     * @param buffer for as many of them as a chunk has at most
     */
    MemorySegment writeBits(
            MemorySegment source, MemorySegment buffer, BandwidthBudget budget) {
        long costOfEnd = isWhole() ? COST_OF_FORCE : COST_OF_FILE;
        MemorySegment head = MemorySegment.ofArray(new byte[Math.toIntExact(dataOffset)]);
        for (int chunk = 0; chunk < chunkCount; chunk++) {
            MemorySegment bytes = buffer.asSlice(0, chunkLength(chunk));
            bytes.copyFrom(source.asSlice(chunkStart(chunk), bytes.byteSize()));
            head.set(IdHash.LE_INT, tableEntry(chunk), Checksum.of(bytes));
            writePaced(bytes, dataOffset + chunkStart(chunk), budget);
        }
        budget.spend(costOfEnd);
        return head;
    }

    /** Makes a checkpoint of what was copied, and forces it. Without a header it is none. */
    void commit(MemorySegment head, long position, long generation) {
        encodeHeader(head, position, generation);
        file.write(head, 0);
        file.force();
    }

    /** What ends the file is forced with the header; without a budget, all of it is. */
    private void writePaced(MemorySegment bytes, long offset, BandwidthBudget budget) {
        if (budget.isUnlimited()) {
            file.write(bytes, offset);
            return;
        }
        long piece = budget.bytesPerForce();
        for (long at = 0; at < bytes.byteSize(); at += piece) {
            long length = Math.min(piece, bytes.byteSize() - at);
            file.write(bytes.asSlice(at, length), offset + at);
            if (offset + at + length < dataOffset + shardLength) {
                file.force();
                budget.spend(COST_OF_FORCE);
            }
            budget.spend(length);
        }
    }

    private void encodeHeader(MemorySegment head, long position, long generation) {
        head.set(IdHash.LE_LONG, MAGIC_OFFSET, MAGIC);
        head.set(IdHash.LE_INT, VERSION_OFFSET, VERSION);
        head.set(IdHash.LE_INT, SHARD_OFFSET, shard);
        head.set(IdHash.LE_LONG, LINES_OFFSET, lines);
        head.set(IdHash.LE_LONG, POSITION_OFFSET, position);
        head.set(IdHash.LE_LONG, SELF_TEST_OFFSET, header.hash().selfTest());
        head.set(IdHash.LE_INT, CHUNK_LENGTH_OFFSET, CHUNK_LENGTH);
        head.set(IdHash.LE_INT, CHUNK_COUNT_OFFSET, chunkCount);
        head.set(IdHash.LE_INT, TABLE_CRC_OFFSET, Checksum.of(table(head)));
        head.set(IdHash.LE_LONG, GENERATION_OFFSET, generation);
        head.set(IdHash.LE_INT, CRC_OFFSET, Checksum.of(head.asSlice(0, CRC_OFFSET)));
    }

    // ---- reading ----

    /** Of a file that does not tell how many lines it has. */
    static final long NO_LINES = -1;

    /**
     * The number of lines that the file of a shard tells, or {@link #NO_LINES} if it is damaged.
     *
     * @throws StorageException if no shard of this filter can have so many
     */
    static long readLines(StorageFile file, FilterHeader header) {
        return lines(readHeader(file), header, file.name());
    }

    /** {@link #readLines}, where the begin of the file was read. */
    static long lines(MemorySegment head, FilterHeader header, String name) {
        if (!isSound(head)) {
            return NO_LINES;
        }
        long lines = head.get(IdHash.LE_LONG, LINES_OFFSET);
        BloomGeometry created = header.geometry();
        if (lines < created.linesPerShard() || !BloomGeometry.isNumberOfLines(lines)) {
            throw new StorageException(
                    FilterHeader.differ(
                            "lines of the shard",
                            created.linesPerShard() + " or more",
                            "" + lines),
                    name,
                    LINES_OFFSET,
                    null);
        }
        return lines;
    }

    /** The header without its table, or null if it is not as it was written. */
    static @Nullable MemorySegment readSoundHead(StorageFile file) {
        MemorySegment head = readHeader(file);
        return isSound(head) ? head : null;
    }

    /** As much of it as there is. */
    private static MemorySegment readHeader(StorageFile file) {
        MemorySegment head = MemorySegment.ofArray(new byte[LENGTH]);
        return head.asSlice(0, file.read(head, 0));
    }

    private static boolean isSound(MemorySegment head) {
        if (head.byteSize() < LENGTH) {
            return false;
        }
        int crcOffset = FilterShardDescriptor.crcOffset(head.get(IdHash.LE_INT, VERSION_OFFSET));
        return head.get(IdHash.LE_LONG, MAGIC_OFFSET) == MAGIC
                && head.get(IdHash.LE_INT, crcOffset) == Checksum.of(head.asSlice(0, crcOffset));
    }

    /**
     * The shard that a sound header names.
     *
     * @throws StorageException if no filter has such a one
     */
    static int shard(MemorySegment head, String name) {
        int shard = head.get(IdHash.LE_INT, SHARD_OFFSET);
        if (shard < 0 || shard >= BloomGeometry.SHARDS) {
            String bounds = "0 to " + (BloomGeometry.SHARDS - 1);
            throw new StorageException(
                    FilterHeader.differ("shard", bounds, "" + shard), name, SHARD_OFFSET, null);
        }
        return shard;
    }

    /** The position that a sound header names. */
    static long position(MemorySegment head) {
        return head.get(IdHash.LE_LONG, POSITION_OFFSET);
    }

    /** Which of two sound headers of a shard is newer. */
    static long generation(MemorySegment head) {
        return head.get(IdHash.LE_INT, VERSION_OFFSET) == FIRST_VERSION
                ? 0
                : head.get(IdHash.LE_LONG, GENERATION_OFFSET);
    }

    /** The checksum of a sound header. */
    static int crc(MemorySegment head) {
        int version = head.get(IdHash.LE_INT, VERSION_OFFSET);
        return head.get(IdHash.LE_INT, FilterShardDescriptor.crcOffset(version));
    }

    /** The header and the table of chunks, which tell whether the file can be used. */
    record Head(boolean valid, long position, int crc, MemorySegment bytes) {}

    /**
     * Reads the header and the table of chunks.
     *
     * @throws StorageException if the file is sound, but of another filter or another release
     */
    Head readHead() {
        return readHead(MemorySegment.NULL);
    }

    /** {@link #readHead()}, where the begin of the file was read, of which this takes a copy. */
    Head readHead(MemorySegment begin) {
        MemorySegment head = MemorySegment.ofArray(new byte[Math.toIntExact(dataOffset)]);
        long length = dataOffset;
        if (begin.byteSize() < dataOffset) {
            length = file.read(head, 0);
        } else {
            head.copyFrom(begin.asSlice(0, dataOffset));
        }
        if (!isSound(head.asSlice(0, length))) {
            return new Head(false, ShardLoad.NO_POSITION, 0, head);
        }
        requireSame(head);
        boolean valid =
                length == dataOffset
                        && head.get(IdHash.LE_INT, TABLE_CRC_OFFSET) == Checksum.of(table(head));
        return new Head(valid, position(head), crc(head), head);
    }

    private void requireSame(MemorySegment head) {
        int version = head.get(IdHash.LE_INT, VERSION_OFFSET);
        if (version != VERSION && version != FIRST_VERSION) {
            throw new FormatVersionException(
                    FilterHeader.differ("format version", "" + VERSION, "" + version),
                    file.name(),
                    VERSION_OFFSET,
                    null);
        }
        require("shard", shard, head.get(IdHash.LE_INT, SHARD_OFFSET));
        require("lines of the shard", lines, head.get(IdHash.LE_LONG, LINES_OFFSET));
        require("chunk length", CHUNK_LENGTH, head.get(IdHash.LE_INT, CHUNK_LENGTH_OFFSET));
        require("chunk count", chunkCount, head.get(IdHash.LE_INT, CHUNK_COUNT_OFFSET));
        require(
                "self-test of the secret",
                header.hash().selfTest(),
                head.get(IdHash.LE_LONG, SELF_TEST_OFFSET));
    }

    private void require(String what, long expected, long found) {
        if (expected != found) {
            throw new StorageException(
                    FilterHeader.differ(what, "" + expected, "" + found), file.name(), 0, null);
        }
    }

    /** What is done with each chunk of a file that is read from begin to end. */
    interface ChunkReader {

        /** Reads only to compare checksums; what is wrong {@link #readChunks} returns. */
        ChunkReader NONE =
                new ChunkReader() {
                    @Override
                    public void begin(long lines) {}

                    @Override
                    public void good(long offset, MemorySegment bytes) {}

                    @Override
                    public void bad(long offset, MemorySegment bytes) {}
                };

        /** The header is good; the chunks of so many lines follow. */
        void begin(long lines);

        /** A chunk whose checksum is right. The bytes are reused after the call. */
        void good(long offset, MemorySegment bytes);

        /** A chunk that is damaged, with as many bytes of anything. */
        void bad(long offset, MemorySegment bytes);
    }

    /**
     * Reads all chunks, and returns the numbers of those whose checksum is wrong.
     *
     * @param buffer in which the file was begun
     */
    List<Integer> readChunks(Head head, ReadBuffer buffer, ChunkReader reader) {
        List<Integer> bad = new ArrayList<>();
        for (int chunk = 0; chunk < chunkCount; chunk++) {
            long start = chunkStart(chunk);
            long offset = dataOffset + start;
            long length = chunkLength(chunk);
            MemorySegment bytes = buffer.bytes(file, offset, length, shardLength - start);
            int expected = head.bytes().get(IdHash.LE_INT, tableEntry(chunk));
            if (buffer.holds(offset, length) && Checksum.of(bytes) == expected) {
                reader.good(start, bytes);
            } else {
                bad.add(chunk);
                reader.bad(start, bytes);
            }
        }
        return bad;
    }

    /** Whether the file is as long as it must be. */
    boolean isWhole() {
        return file.length() >= length();
    }

    /** How long the file must be. */
    long length() {
        return dataOffset + shardLength;
    }

    /** Maps the bits for reading. */
    MemorySegment map(Arena arena) {
        return file.map(dataOffset, shardLength, arena);
    }

    // ---- where things are ----

    private MemorySegment table(MemorySegment head) {
        return head.asSlice(TABLE_OFFSET, (long) chunkCount * TABLE_ENTRY_LENGTH);
    }

    private static long tableEntry(int chunk) {
        return TABLE_OFFSET + (long) chunk * TABLE_ENTRY_LENGTH;
    }

    private static long chunkStart(int chunk) {
        return (long) chunk * CHUNK_LENGTH;
    }

    private long chunkLength(int chunk) {
        return Math.min(CHUNK_LENGTH, shardLength - chunkStart(chunk));
    }
}
