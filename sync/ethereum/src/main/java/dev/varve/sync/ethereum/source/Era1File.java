package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * One era1 file: up to 8,192 blocks as records of type, length and payload, little-endian, and an
 * index at the end (ethereum/go-ethereum, internal/era; e2store format by status-im).
 *
 * <pre>
 *   version                                          type 0x3265, empty
 *   header, body, receipts, total difficulty         types 3 to 6, for every block
 *   accumulator                                      type 7, 32 bytes
 *   index: first height, offsets, count              type 0x3266, 8 bytes each
 *
 *   record:  type u16 | length u32 | zero u16 | payload
 * </pre>
 *
 * The first three of a block are snappy frames of RLP; an offset in the index counts from the start
 * of the index record. For one thread; closed by who opened it.
 */
final class Era1File implements AutoCloseable {

    /** Most blocks in a file. */
    static final int MAX_BLOCKS = 8192;

    private static final int VERSION = 0x3265;
    private static final int HEADER = 3;
    private static final int TOTAL_DIFFICULTY = 6;
    private static final int ACCUMULATOR = 7;
    private static final int INDEX = 0x3266;

    private static final int RECORD_HEADER = 8;
    private static final int WORD = 8;
    private static final int HASH = 32;

    /** Longest record accepted, as it is and decoded, in bytes. */
    private static final int MAX_RECORD = 64 << 20;

    private final SourceFile file;
    private final SnappyFrames frames = new SnappyFrames();
    private final long first;
    private final long[] offsets;
    private final long accumulatorOffset;

    private Era1File(SourceFile file) {
        this.file = file;
        checkRecord(0, VERSION, 0);
        long count = file.littleEndian(file.length() - WORD, WORD);
        if (count <= 0 || count > MAX_BLOCKS) {
            throw file.damaged(file.length() - WORD, "an index of " + count + " blocks");
        }
        int indexLength = WORD * ((int) count + 2);
        long index = file.length() - RECORD_HEADER - indexLength;
        if (index < 2 * RECORD_HEADER + HASH) {
            throw file.damaged(0, "too short for its index of " + count + " blocks");
        }
        checkRecord(index, INDEX, indexLength);
        accumulatorOffset = index - RECORD_HEADER - HASH;
        checkRecord(accumulatorOffset, ACCUMULATOR, HASH);
        first = file.littleEndian(index + RECORD_HEADER, WORD);
        if (first < 0) {
            throw file.damaged(index, "blocks from height " + first + " on");
        }
        offsets = offsets(index, (int) count);
    }

    /** Opens a file and reads its index. */
    static Era1File open(Path path) {
        SourceFile file = SourceFile.open(path);
        try {
            return new Era1File(file);
        } catch (SourceException e) {
            file.close();
            throw e;
        }
    }

    long first() {
        return first;
    }

    long end() {
        return first + offsets.length;
    }

    byte[] header(long height) {
        return decoded(height, 0);
    }

    byte[] body(long height) {
        return decoded(height, 1);
    }

    byte[] receipts(long height) {
        return decoded(height, 2);
    }

    BigInteger totalDifficulty(long height) {
        return new BigInteger(1, reversed(totalDifficultyBytes(height)));
    }

    long offset(long height) {
        return offsets[(int) (height - first)];
    }

    /** The file and the offset of a block in it. */
    String describe(long height) {
        return file + ", offset " + offset(height);
    }

    SourceException damaged(long height, String what, RuntimeException cause) {
        return file.damaged(offset(height), what + ": " + cause.getMessage(), cause);
    }

    /**
     * Checks the accumulator, which commits to the hash and total difficulty of every block: the
     * hash tree root of their list (ethereum/consensus-specs, ssz/simple-serialize.md).
     */
    void verifyAccumulator() {
        EpochAccumulator accumulator = new EpochAccumulator();
        Keccak256 keccak = new Keccak256();
        for (long height = first; height < end(); height++) {
            accumulator.add(keccak.hash(header(height)), totalDifficultyBytes(height));
        }
        int at = file.load(accumulatorOffset + RECORD_HEADER, HASH);
        byte[] stored = Arrays.copyOfRange(file.window(), at, at + HASH);
        if (!Arrays.equals(stored, accumulator.root())) {
            throw file.damaged(accumulatorOffset, "the accumulator is not that of the blocks");
        }
    }

    @Override
    public void close() {
        file.close();
    }

    private byte[] totalDifficultyBytes(long height) {
        long record = record(height, TOTAL_DIFFICULTY - HEADER);
        checkRecord(record, TOTAL_DIFFICULTY, HASH);
        int at = file.load(record + RECORD_HEADER, HASH);
        return Arrays.copyOfRange(file.window(), at, at + HASH);
    }

    private byte[] decoded(long height, int place) {
        long payload = record(height, place) + RECORD_HEADER;
        int length = recordLength(payload - RECORD_HEADER, HEADER + place);
        int at = file.load(payload, length);
        try {
            return frames.decode(file.window(), at, length, MAX_RECORD);
        } catch (SnappyException e) {
            throw file.damaged(payload + e.offset() - at, "snappy: " + e.getMessage(), e);
        }
    }

    /** Offset of one of a block's records, by way of those before it. */
    private long record(long height, int place) {
        long record = offset(height);
        for (int i = 0; i < place; i++) {
            record += RECORD_HEADER + recordLength(record, HEADER + i);
        }
        return record;
    }

    private int recordLength(long offset, int type) {
        int at = file.load(offset, RECORD_HEADER);
        byte[] window = file.window();
        int found = (window[at] & 0xff) | ((window[at + 1] & 0xff) << Byte.SIZE);
        if (found != type || window[at + 6] != 0 || window[at + 7] != 0) {
            throw file.damaged(
                    offset, "a record of type " + found + " where type " + type + " is expected");
        }
        long length = file.littleEndian(offset + 2, Integer.BYTES);
        if (length > MAX_RECORD || length > file.length() - offset - RECORD_HEADER) {
            throw file.damaged(offset, "a record of " + length + " bytes");
        }
        return (int) length;
    }

    private void checkRecord(long offset, int type, int length) {
        int found = recordLength(offset, type);
        if (found != length) {
            throw file.damaged(
                    offset, "a record of " + found + " bytes where " + length + " are expected");
        }
    }

    private long[] offsets(long index, int count) {
        long[] result = new long[count];
        long at = index + RECORD_HEADER + WORD;
        long lowest = RECORD_HEADER;
        for (int i = 0; i < count; i++, at += WORD) {
            // Relative offsets are negative, so that the sum cannot overflow.
            long relative = file.littleEndian(at, WORD);
            result[i] = index + Math.min(0, relative);
            if (result[i] < lowest || result[i] >= accumulatorOffset) {
                throw file.damaged(at, "block " + i + " at offset " + result[i]);
            }
            lowest = result[i] + 1;
        }
        return result;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }
}
