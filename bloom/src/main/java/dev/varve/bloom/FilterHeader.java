package dev.varve.bloom;

import static dev.varve.bloom.FilterHeaderDescriptor.ALGORITHM_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.CRC_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.EXPECTED_IDS_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.FILE_NAME;
import static dev.varve.bloom.FilterHeaderDescriptor.LAYOUT_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.LENGTH;
import static dev.varve.bloom.FilterHeaderDescriptor.LINES_PER_SHARD_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.MAGIC;
import static dev.varve.bloom.FilterHeaderDescriptor.MAGIC_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.SECRET0_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.SECRET1_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.SELF_TEST_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.SHARD_COUNT_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.VERSION;
import static dev.varve.bloom.FilterHeaderDescriptor.VERSION_OFFSET;
import static dev.varve.bloom.FilterHeaderDescriptor.WORDS_PER_ID_OFFSET;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageException;
import java.lang.foreign.MemorySegment;

/**
 * The contents of a filter's header file: what must be known to find an id in its bits. Immutable.
 *
 * <p>The secret is in it, so that a filter can be used without its log. It is as secret as the
 * directory: who reads that can test ids against the bits, and aim ids at lines.
 */
record FilterHeader(BloomGeometry geometry, IdHash hash) {

    byte[] encode() {
        byte[] bytes = new byte[LENGTH];
        MemorySegment out = MemorySegment.ofArray(bytes);
        out.set(IdHash.LE_LONG, MAGIC_OFFSET, MAGIC);
        out.set(IdHash.LE_INT, VERSION_OFFSET, VERSION);
        out.set(IdHash.LE_INT, LAYOUT_OFFSET, LineProbe.LAYOUT_CODE);
        out.set(IdHash.LE_INT, SHARD_COUNT_OFFSET, BloomGeometry.SHARDS);
        out.set(IdHash.LE_INT, WORDS_PER_ID_OFFSET, geometry.wordsPerId());
        out.set(IdHash.LE_LONG, LINES_PER_SHARD_OFFSET, geometry.linesPerShard());
        out.set(IdHash.LE_LONG, EXPECTED_IDS_OFFSET, geometry.expectedIds());
        out.set(IdHash.LE_LONG, SECRET0_OFFSET, hash.secret0());
        out.set(IdHash.LE_LONG, SECRET1_OFFSET, hash.secret1());
        out.set(IdHash.LE_LONG, SELF_TEST_OFFSET, hash.selfTest());
        out.set(IdHash.LE_INT, ALGORITHM_OFFSET, hash.algorithm().code());
        out.set(IdHash.LE_INT, CRC_OFFSET, Checksum.of(out.asSlice(0, CRC_OFFSET)));
        return bytes;
    }

    /**
     * Reads a header that was {@link #encode}d.
     *
     * @param file the name of the file, for messages
     */
    static FilterHeader decode(MemorySegment in, String file) {
        if (in.byteSize() < VERSION_OFFSET + Integer.BYTES
                || in.get(IdHash.LE_LONG, MAGIC_OFFSET) != MAGIC) {
            throw new CorruptionException("not the header of a filter", file, 0, null);
        }
        require("format version", VERSION, in.get(IdHash.LE_INT, VERSION_OFFSET), file);
        if (in.byteSize() != LENGTH
                || in.get(IdHash.LE_INT, CRC_OFFSET) != Checksum.of(in.asSlice(0, CRC_OFFSET))) {
            throw new CorruptionException("the filter's header is damaged", file, 0, null);
        }
        require("layout", LineProbe.LAYOUT_CODE, in.get(IdHash.LE_INT, LAYOUT_OFFSET), file);
        int shardCount = in.get(IdHash.LE_INT, SHARD_COUNT_OFFSET);
        require("shard count", BloomGeometry.SHARDS, shardCount, file);
        return new FilterHeader(geometry(in, file), hash(in, file));
    }

    private static BloomGeometry geometry(MemorySegment in, String file) {
        try {
            return new BloomGeometry(
                    in.get(IdHash.LE_LONG, LINES_PER_SHARD_OFFSET),
                    in.get(IdHash.LE_INT, WORDS_PER_ID_OFFSET),
                    in.get(IdHash.LE_LONG, EXPECTED_IDS_OFFSET));
        } catch (IllegalArgumentException e) {
            throw new FormatVersionException("a geometry of no known release", file, 0, e);
        }
    }

    private static IdHash hash(MemorySegment in, String file) {
        int code = in.get(IdHash.LE_INT, ALGORITHM_OFFSET);
        IdHash hash =
                IdHash.create(
                        IdHashAlgorithm.ofCode(code)
                                .orElseThrow(
                                        () ->
                                                new FormatVersionException(
                                                        "hash algorithm " + code + " is not known",
                                                        file,
                                                        ALGORITHM_OFFSET,
                                                        null)),
                        in.get(IdHash.LE_LONG, SECRET0_OFFSET),
                        in.get(IdHash.LE_LONG, SECRET1_OFFSET));
        long selfTest = in.get(IdHash.LE_LONG, SELF_TEST_OFFSET);
        if (hash.selfTest() != selfTest) {
            throw new FormatVersionException(
                    differ("hash self-test", hex(hash.selfTest()), hex(selfTest)),
                    file,
                    SELF_TEST_OFFSET,
                    null);
        }
        return hash;
    }

    private static void require(String what, int expected, int found, String file) {
        if (found != expected) {
            throw new FormatVersionException(
                    differ(what, String.valueOf(expected), String.valueOf(found)), file, 0, null);
        }
    }

    /** Refuses the file if it is of another filter than the caller expects. */
    void requireSame(BloomGeometry expected, String file) {
        if (!geometry.equals(expected)) {
            throw new StorageException(
                    differ("geometry", expected.toString(), geometry.toString()), file, 0, null);
        }
    }

    /** Refuses the file if its ids were hashed by another algorithm or under another secret. */
    void requireSame(IdHash expected, String file) {
        if (hash.algorithm() != expected.algorithm()) {
            throw new StorageException(
                    differ(
                            "hash algorithm",
                            expected.algorithm().toString(),
                            hash.algorithm().toString()),
                    file,
                    ALGORITHM_OFFSET,
                    null);
        }
        if (hash.selfTest() != expected.selfTest()) {
            throw new StorageException(
                    differ(
                            "self-test of the secret",
                            hex(expected.selfTest()),
                            hex(hash.selfTest())),
                    file,
                    SELF_TEST_OFFSET,
                    null);
        }
    }

    static String differ(String what, String expected, String found) {
        return what + ": expected " + expected + ", the file has " + found;
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
