package dev.varve.bloom;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checkpoint file of one shard of a filter; see docs/FORMAT-bloom.md. All numbers are
 * little-endian.
 *
 * <pre>
 *   0        4 KiB                                  data offset, a multiple of 4 KiB
 *   +--------+------------------------------+-------+-----------+-----------+--
 *   | header | CRC32C of chunk 0, 1, 2, ... | zeros | chunk 0   | chunk 1   | ...
 *   +--------+------------------------------+-------+-----------+-----------+--
 *                                                     1 MiB       1 MiB       the last: the rest
 * </pre>
 */
final class FilterShardDescriptor {

    /** "VARVEBLS" in the file. */
    static final long MAGIC = 0x534c_4245_5652_4156L;

    static final int VERSION = 2;

    /** Without a generation; the checksum was in its place. */
    static final int FIRST_VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int SHARD_OFFSET = VERSION_OFFSET + Integer.BYTES;
    static final int LINES_OFFSET = SHARD_OFFSET + Integer.BYTES;
    static final int POSITION_OFFSET = LINES_OFFSET + Long.BYTES;
    static final int SELF_TEST_OFFSET = POSITION_OFFSET + Long.BYTES;
    static final int CHUNK_LENGTH_OFFSET = SELF_TEST_OFFSET + Long.BYTES;
    static final int CHUNK_COUNT_OFFSET = CHUNK_LENGTH_OFFSET + Integer.BYTES;
    static final int TABLE_CRC_OFFSET = CHUNK_COUNT_OFFSET + Integer.BYTES;
    static final int GENERATION_OFFSET = TABLE_CRC_OFFSET + Integer.BYTES;
    static final int CRC_OFFSET = GENERATION_OFFSET + Long.BYTES;
    static final int LENGTH = CRC_OFFSET + Integer.BYTES;

    static final int PAGE_LENGTH = 4_096;
    static final int TABLE_OFFSET = PAGE_LENGTH;
    static final int TABLE_ENTRY_LENGTH = Integer.BYTES;
    static final int CHUNK_LENGTH = 1 << 20;

    private static final Pattern NAME = Pattern.compile("bloom-(\\d{3,6})\\.shard");
    private static final Pattern TEMPORARY = Pattern.compile("bloom-\\d{3,6}\\.tmp");

    private FilterShardDescriptor() {}

    /** The name of a file by its number, which need not be that of the shard in it. */
    static String fileName(int number) {
        return String.format(Locale.ROOT, "bloom-%03d.shard", number);
    }

    static boolean isShardFile(String name) {
        return NAME.matcher(name).matches();
    }

    /** The number of a file that {@link #isShardFile} tells to be one. */
    static int number(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(name + " is no file of a shard");
        }
        return Integer.parseInt(matcher.group(1));
    }

    static boolean isTemporary(String name) {
        return TEMPORARY.matcher(name).matches();
    }

    static String temporaryName(int number) {
        return String.format(Locale.ROOT, "bloom-%03d.tmp", number);
    }

    /** Where the checksum is, which is over all that is before it. */
    static int crcOffset(int version) {
        return version == FIRST_VERSION ? GENERATION_OFFSET : CRC_OFFSET;
    }

    /** How many chunks hold that many bytes. */
    static int chunkCount(long shardLength) {
        return Math.toIntExact((shardLength + CHUNK_LENGTH - 1) / CHUNK_LENGTH);
    }

    /** Where the chunks begin. */
    static long dataOffset(int chunkCount) {
        long tableEnd = TABLE_OFFSET + (long) chunkCount * TABLE_ENTRY_LENGTH;
        return (tableEnd + PAGE_LENGTH - 1) / PAGE_LENGTH * PAGE_LENGTH;
    }
}
