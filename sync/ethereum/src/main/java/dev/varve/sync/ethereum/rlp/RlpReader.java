package dev.varve.sync.ethereum.rlp;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * A cursor over the RLP items in a range of an array. Strict: refuses every header that is not the
 * shortest one, integers with leading zeros, and items that pass the end of the list around them.
 *
 * <p>{@link #nextString()}, {@link #nextList()} and {@link #next()} step over one item and leave
 * its payload in {@link #payloadOffset()} and {@link #payloadLength()}, copying nothing; the other
 * methods are built on them. {@link #enterList()} steps into a list, {@link #leaveList()} out of it
 * and insists that nothing in it was left unread.
 *
 * <p>All methods throw {@link RlpException}, whatever the bytes; after one the reader can only be
 * reset. Offsets in exceptions and results count from the start of the array. For one thread; holds
 * the array, never writes to it.
 */
public final class RlpReader {

    /** Lists that may be open at the same time. */
    public static final int MAX_DEPTH = 1024;

    private static final int SHORT_STRING = 0x80;
    private static final int LONG_STRING = 0xb7;
    private static final int SHORT_LIST = 0xc0;
    private static final int LONG_LIST = 0xf7;

    private byte[] bytes;
    private int cursor;
    private int limit;
    private int payloadOffset;
    private int payloadLength;

    private int[] limits = new int[4];
    private int depth;

    public RlpReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    public RlpReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        reset(bytes, offset, length);
    }

    /** Starts again at the beginning of the given range. */
    public RlpReader reset(byte[] array, int offset, int length) {
        if (offset < 0 || length < 0 || length > array.length - offset) {
            throw new IllegalArgumentException(
                    "range " + offset + " + " + length + " of an array of " + array.length);
        }
        bytes = array;
        cursor = offset;
        limit = offset + length;
        depth = 0;
        return this;
    }

    /** Whether another item follows in the open list, or in the range if none is open. */
    public boolean hasNext() {
        return cursor < limit;
    }

    /** Whether the item at the cursor is a list. */
    public boolean isList() {
        return prefix() >= SHORT_LIST;
    }

    /** Offset of the item at the cursor. */
    public int offset() {
        return cursor;
    }

    /** Offset of the payload of the item passed last. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Length of the payload of the item passed last, in bytes. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Passes one item of either kind; its inside is not looked at. */
    public void next() {
        if (isList()) {
            nextList();
        } else {
            nextString();
        }
    }

    /** Passes one string. */
    public void nextString() {
        int prefix = prefix();
        if (prefix < SHORT_STRING) {
            payloadOffset = cursor;
            payloadLength = 1;
        } else if (prefix <= LONG_STRING) {
            payloadOffset = cursor + 1;
            payloadLength = prefix - SHORT_STRING;
            checkInside();
            if (payloadLength == 1 && bytes[payloadOffset] >= 0) {
                throw new RlpException("a byte below 0x80 has a header", cursor);
            }
        } else if (prefix < SHORT_LIST) {
            longPayload(prefix - LONG_STRING);
        } else {
            throw new RlpException("a list where a string is expected", cursor);
        }
        cursor = payloadOffset + payloadLength;
    }

    /** Passes one list. */
    public void nextList() {
        int prefix = prefix();
        if (prefix < SHORT_LIST) {
            throw new RlpException("a string where a list is expected", cursor);
        }
        if (prefix <= LONG_LIST) {
            payloadOffset = cursor + 1;
            payloadLength = prefix - SHORT_LIST;
            checkInside();
        } else {
            longPayload(prefix - LONG_LIST);
        }
        cursor = payloadOffset + payloadLength;
    }

    /** Passes one string of exactly the given length. */
    public void nextString(int length) {
        int start = cursor;
        nextString();
        if (payloadLength != length) {
            throw new RlpException(
                    "a string of " + payloadLength + " bytes where " + length + " are expected",
                    start);
        }
    }

    /** Passes one string that is an unsigned integer of at most {@code maxLength} bytes. */
    public void nextInteger(int maxLength) {
        int start = cursor;
        nextString();
        if (payloadLength > maxLength) {
            throw new RlpException(
                    "an integer of " + payloadLength + " bytes where at most " + maxLength
                            + " are expected",
                    start);
        }
        if (payloadLength > 0 && bytes[payloadOffset] == 0) {
            throw new RlpException("an integer with a leading zero", start);
        }
    }

    /** Opens the list at the cursor: the next item is its first one. */
    public void enterList() {
        int start = cursor;
        nextList();
        if (depth == limits.length) {
            if (depth == MAX_DEPTH) {
                throw new RlpException("more than " + MAX_DEPTH + " open lists", start);
            }
            limits = Arrays.copyOf(limits, Math.min(2 * depth, MAX_DEPTH));
        }
        limits[depth++] = limit;
        limit = cursor;
        cursor = payloadOffset;
    }

    /** Closes the list opened last, all of whose items must have been passed. */
    public void leaveList() {
        if (depth == 0) {
            throw new IllegalStateException("no list is open");
        }
        if (cursor != limit) {
            throw new RlpException("an item too many in a list", cursor);
        }
        limit = limits[--depth];
    }

    /** Checks that the range has been read to its end and every list closed. */
    public void end() {
        if (depth != 0) {
            throw new IllegalStateException(depth + " lists are still open");
        }
        if (cursor != limit) {
            throw new RlpException("bytes behind the last item", cursor);
        }
    }

    /** Reads a string. */
    public byte[] bytes() {
        nextString();
        return payload();
    }

    /** Reads a string of exactly the given length. */
    public byte[] bytes(int length) {
        nextString(length);
        return payload();
    }

    /** Reads an unsigned integer below 2^63. */
    public long integer() {
        int start = cursor;
        long value = unsignedLong();
        if (value < 0) {
            throw new RlpException("an integer of 2^63 or more", start);
        }
        return value;
    }

    /** Reads an unsigned integer below 2^64; the caller treats it as unsigned. */
    public long unsignedLong() {
        nextInteger(Long.BYTES);
        return unsignedLong(bytes, payloadOffset, payloadLength);
    }

    /** Reads an unsigned integer of at most {@code maxLength} bytes. */
    public BigInteger bigInteger(int maxLength) {
        nextInteger(maxLength);
        return new BigInteger(1, bytes, payloadOffset, payloadLength);
    }

    /** Reads an item of either kind, with its header. */
    public byte[] item() {
        int start = cursor;
        next();
        return Arrays.copyOfRange(bytes, start, cursor);
    }

    /** A copy of the payload of the item passed last. */
    public byte[] payload() {
        return Arrays.copyOfRange(bytes, payloadOffset, payloadOffset + payloadLength);
    }

    /** Decodes the big-endian unsigned integer of up to 8 bytes at the given offset. */
    public static long unsignedLong(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = offset; i < offset + length; i++) {
            value = (value << Byte.SIZE) | (bytes[i] & 0xff);
        }
        return value;
    }

    private int prefix() {
        if (cursor >= limit) {
            throw new RlpException("an item is missing", cursor);
        }
        return bytes[cursor] & 0xff;
    }

    private void longPayload(int lengthBytes) {
        if (lengthBytes > limit - cursor - 1) {
            throw new RlpException("a header that passes the end", cursor);
        }
        if (bytes[cursor + 1] == 0) {
            throw new RlpException("a length with a leading zero", cursor);
        }
        if (lengthBytes > Integer.BYTES) {
            throw new RlpException("a length of " + lengthBytes + " bytes", cursor);
        }
        long length = unsignedLong(bytes, cursor + 1, lengthBytes);
        if (length <= LONG_STRING - SHORT_STRING) {
            throw new RlpException("a long header for a length of " + length, cursor);
        }
        payloadOffset = cursor + 1 + lengthBytes;
        if (length > limit - payloadOffset) {
            throw passesTheEnd(length);
        }
        payloadLength = (int) length;
    }

    private void checkInside() {
        if (payloadLength > limit - payloadOffset) {
            throw passesTheEnd(payloadLength);
        }
    }

    private RlpException passesTheEnd(long length) {
        return new RlpException(
                "an item of " + length + " bytes where " + (limit - payloadOffset) + " are left",
                cursor);
    }
}
