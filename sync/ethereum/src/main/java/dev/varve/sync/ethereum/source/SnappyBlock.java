package dev.varve.sync.ethereum.source;

import java.util.Arrays;

/**
 * Decodes one block in snappy's raw format (google/snappy, format_description.txt): a varint with
 * the decoded length, then elements, each either a literal or a copy of bytes decoded before. The
 * two lowest bits of an element's first byte tell which.
 *
 * <p>Pure functions; whatever the bytes, the only exception is {@link SnappyException}, and nothing
 * outside the given ranges is read or written.
 */
final class SnappyBlock {

    private static final int LITERAL = 0;
    private static final int COPY_1_BYTE_OFFSET = 1;
    private static final int COPY_2_BYTE_OFFSET = 2;

    /** Longest length that a literal's first byte can hold. */
    private static final int SHORT_LITERAL = 60;

    private SnappyBlock() {}

    /** The decoded length that the block between start and end declares. */
    static int decodedLength(byte[] in, int start, int end) {
        long length = 0;
        for (int i = start, shift = 0; shift < Integer.SIZE; i++, shift += 7) {
            if (i >= end) {
                throw new SnappyException("a block ends inside its length", i);
            }
            length |= (long) (in[i] & 0x7f) << shift;
            if (in[i] >= 0) {
                if (length > Integer.MAX_VALUE) {
                    break;
                }
                return (int) length;
            }
        }
        throw new SnappyException("a block declares a length beyond 2^31", start);
    }

    /** Decodes the block between start and end to exactly outLength bytes at outStart. */
    static void decode(byte[] in, Range range, byte[] out, int outStart, int outLength) {
        int at = range.start();
        while (in[at++] < 0) {
            // Passes the length, which decodedLength() has read.
        }
        int to = outStart;
        int outEnd = outStart + outLength;
        while (at < range.end()) {
            int element = at;
            int tag = in[at++] & 0xff;
            int kind = tag & 3;
            int operandBytes = operandBytes(tag);
            if (operandBytes > range.end() - at) {
                throw new SnappyException("a block ends inside an element", element);
            }
            int operand = littleEndian(in, at, operandBytes);
            at += operandBytes;
            int length = length(tag, operand);
            if (length <= 0 || length > outEnd - to) {
                throw new SnappyException("an element passes the declared length", element);
            }
            if (kind == LITERAL) {
                if (length > range.end() - at) {
                    throw new SnappyException("a block ends inside a literal", element);
                }
                System.arraycopy(in, at, out, to, length);
                at += length;
            } else {
                int distance = kind == COPY_1_BYTE_OFFSET ? (tag >>> 5 << 8) | operand : operand;
                if (distance <= 0 || distance > to - outStart) {
                    throw new SnappyException("a copy from before the block's start", element);
                }
                copy(out, to, distance, length);
            }
            to += length;
        }
        if (to != outEnd) {
            throw new SnappyException("a block ends before its declared length", range.end());
        }
    }

    /** Where a block lies in an array: from start, inclusive, to end, exclusive. */
    record Range(int start, int end) {}

    private static int operandBytes(int tag) {
        return switch (tag & 3) {
            case LITERAL -> Math.max(0, (tag >>> 2) + 1 - SHORT_LITERAL);
            case COPY_1_BYTE_OFFSET -> 1;
            case COPY_2_BYTE_OFFSET -> 2;
            default -> 4;
        };
    }

    /** Length of an element; zero or negative if it does not fit into an int. */
    private static int length(int tag, int operand) {
        return switch (tag & 3) {
            case LITERAL -> tag >>> 2 < SHORT_LITERAL ? (tag >>> 2) + 1 : operand + 1;
            case COPY_1_BYTE_OFFSET -> ((tag >>> 2) & 7) + 4;
            default -> (tag >>> 2) + 1;
        };
    }

    private static int littleEndian(byte[] in, int at, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value |= (in[at + i] & 0xff) << (i * Byte.SIZE);
        }
        return value;
    }

    /** Copies forwards; where the ranges overlap the bytes just written are repeated. */
    private static void copy(byte[] out, int to, int distance, int length) {
        if (distance >= length) {
            System.arraycopy(out, to - distance, out, to, length);
        } else if (distance == 1) {
            Arrays.fill(out, to, to + length, out[to - 1]);
        } else {
            for (int i = to; i < to + length; i++) {
                out[i] = out[i - distance];
            }
        }
    }
}
