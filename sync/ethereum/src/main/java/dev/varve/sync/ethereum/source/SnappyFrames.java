package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.source.SnappyBlock.Range;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Decodes snappy's framing format (google/snappy, framing_format.txt): a stream identifier, then
 * chunks of a type byte and a three-byte length. A chunk of data holds the masked CRC-32C of at
 * most 64 KiB of decoded bytes and those bytes, compressed or not.
 *
 * <p>The output is never larger than the caller allows: a first pass over the chunk headers adds up
 * the declared lengths before anything is allocated. Holds a checksum, so it is for one thread.
 * Throws {@link SnappyException} and nothing else, whatever the bytes.
 */
final class SnappyFrames {

    private static final byte[] IDENTIFIER = {
        (byte) 0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'
    };

    private static final int HEADER_LENGTH = 4;
    private static final int CHECKSUM_LENGTH = 4;
    private static final int MAX_CHUNK = 1 << 16;

    private static final int COMPRESSED = 0x00;
    private static final int UNCOMPRESSED = 0x01;
    private static final int FIRST_SKIPPABLE = 0x80;
    private static final int STREAM_IDENTIFIER = 0xff;

    private static final int MASK_DELTA = 0xa282ead8;

    private final CRC32C crc = new CRC32C();

    /** Decodes {@code length} bytes of {@code in} to at most {@code maxLength} bytes. */
    byte[] decode(byte[] in, int offset, int length, int maxLength) {
        int end = offset + length;
        byte[] out = new byte[decodedLength(in, offset, end, maxLength)];
        int to = 0;
        int at = offset;
        while (at < end) {
            int type = in[at] & 0xff;
            Range chunk = new Range(at + HEADER_LENGTH, at + HEADER_LENGTH + chunkLength(in, at));
            if (type <= UNCOMPRESSED) {
                to += decodeChunk(in, type, chunk, out, to);
            }
            at = chunk.end();
        }
        return out;
    }

    /** Checks the chunk headers and adds up what the chunks of data declare. */
    private static int decodedLength(byte[] in, int start, int end, int maxLength) {
        checkIdentifier(in, start, end);
        long total = 0;
        int at = start;
        while (at < end) {
            if (HEADER_LENGTH > end - at) {
                throw new SnappyException("a stream ends inside a chunk header", at);
            }
            int type = in[at] & 0xff;
            int length = chunkLength(in, at);
            if (length > end - at - HEADER_LENGTH) {
                throw new SnappyException("a stream ends inside a chunk of " + length, at);
            }
            total += dataLength(in, type, at, length);
            if (total > maxLength) {
                throw new SnappyException("more than " + maxLength + " bytes", at);
            }
            at += HEADER_LENGTH + length;
        }
        return (int) total;
    }

    private static int dataLength(byte[] in, int type, int at, int length) {
        if (type == STREAM_IDENTIFIER) {
            checkIdentifier(in, at, at + HEADER_LENGTH + length);
            return 0;
        }
        if (type >= FIRST_SKIPPABLE) {
            return 0;
        }
        if (type > UNCOMPRESSED) {
            throw new SnappyException("a chunk of the reserved type " + type, at);
        }
        if (length < CHECKSUM_LENGTH) {
            throw new SnappyException("a chunk without a checksum", at);
        }
        int start = at + HEADER_LENGTH + CHECKSUM_LENGTH;
        int dataLength =
                type == COMPRESSED
                        ? SnappyBlock.decodedLength(in, start, at + HEADER_LENGTH + length)
                        : length - CHECKSUM_LENGTH;
        if (dataLength > MAX_CHUNK) {
            throw new SnappyException("a chunk of " + dataLength + " decoded bytes", at);
        }
        return dataLength;
    }

    private int decodeChunk(byte[] in, int type, Range chunk, byte[] out, int to) {
        int start = chunk.start() + CHECKSUM_LENGTH;
        int length;
        if (type == COMPRESSED) {
            length = SnappyBlock.decodedLength(in, start, chunk.end());
            SnappyBlock.decode(in, new Range(start, chunk.end()), out, to, length);
        } else {
            length = chunk.end() - start;
            System.arraycopy(in, start, out, to, length);
        }
        crc.reset();
        crc.update(out, to, length);
        int sum = (int) crc.getValue();
        if (Integer.rotateRight(sum, 15) + MASK_DELTA != littleEndian(in, chunk.start(), 4)) {
            throw new SnappyException("a chunk whose checksum is wrong", chunk.start());
        }
        return length;
    }

    private static void checkIdentifier(byte[] in, int start, int end) {
        if (end - start < IDENTIFIER.length
                || !Arrays.equals(
                        in, start, start + IDENTIFIER.length, IDENTIFIER, 0, IDENTIFIER.length)) {
            throw new SnappyException("no snappy stream identifier", start);
        }
    }

    private static int chunkLength(byte[] in, int at) {
        return littleEndian(in, at + 1, 3);
    }

    private static int littleEndian(byte[] in, int at, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value |= (in[at + i] & 0xff) << (i * Byte.SIZE);
        }
        return value;
    }
}
