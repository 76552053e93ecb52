package dev.varve.sync.ethereum.rlp;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * Writes RLP into an array that grows. A list is opened with one byte set aside for its header and
 * closed by writing the header there; lists that need a longer one have their payload moved.
 *
 * <p>For one thread; {@link #reset()} makes it ready for the next value and keeps the array.
 */
public final class RlpWriter {

    private static final int SHORT_MAX = 55;
    private static final int STRING = 0x80;
    private static final int LIST = 0xc0;

    private byte[] bytes;
    private int length;

    private int[] openLists = new int[8];
    private int depth;

    public RlpWriter() {
        this(256);
    }

    public RlpWriter(int initialCapacity) {
        bytes = new byte[initialCapacity];
    }

    /** Forgets what was written. */
    public RlpWriter reset() {
        length = 0;
        depth = 0;
        return this;
    }

    /** Bytes written so far. */
    public int length() {
        return length;
    }

    /** The array written to, valid up to {@link #length()} and until the next write. */
    public byte[] buffer() {
        return bytes;
    }

    /** A copy of what was written; all lists must be closed. */
    public byte[] toByteArray() {
        if (depth != 0) {
            throw new IllegalStateException(depth + " lists are still open");
        }
        return Arrays.copyOf(bytes, length);
    }

    /** Writes a string. */
    public RlpWriter string(byte[] value) {
        return string(value, 0, value.length);
    }

    /** Writes a string. */
    public RlpWriter string(byte[] array, int offset, int count) {
        if (count != 1 || array[offset] < 0) {
            header(STRING, count);
        }
        return raw(array, offset, count);
    }

    /** Writes an unsigned integer; a negative value is 2^64 higher than it looks. */
    public RlpWriter integer(long value) {
        int count = significantBytes(value);
        if (count != 1 || value >= STRING) {
            header(STRING, count);
        }
        ensure(count);
        bigEndian(value, count);
        return this;
    }

    /** Writes an integer, which must not be negative. */
    public RlpWriter integer(BigInteger value) {
        if (value.signum() < 0) {
            throw new IllegalArgumentException("negative integer " + value);
        }
        if (value.bitLength() < Long.SIZE) {
            return integer(value.longValue());
        }
        byte[] twosComplement = value.toByteArray();
        int sign = twosComplement[0] == 0 ? 1 : 0;
        return string(twosComplement, sign, twosComplement.length - sign);
    }

    /** Writes bytes that are encoded already. */
    public RlpWriter raw(byte[] encoded) {
        return raw(encoded, 0, encoded.length);
    }

    /** Writes bytes that are encoded already. */
    public RlpWriter raw(byte[] array, int offset, int count) {
        ensure(count);
        System.arraycopy(array, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** Opens a list: what follows is in it, up to the matching {@link #endList()}. */
    public RlpWriter startList() {
        ensure(1);
        if (depth == openLists.length) {
            openLists = Arrays.copyOf(openLists, 2 * depth);
        }
        length++;
        openLists[depth++] = length;
        return this;
    }

    /** Closes the list opened last. */
    public RlpWriter endList() {
        if (depth == 0) {
            throw new IllegalStateException("no list is open");
        }
        int payload = openLists[--depth];
        int count = length - payload;
        if (count <= SHORT_MAX) {
            bytes[payload - 1] = (byte) (LIST + count);
            return this;
        }
        int lengthBytes = significantBytes(count);
        ensure(lengthBytes);
        System.arraycopy(bytes, payload, bytes, payload + lengthBytes, count);
        length = payload - 1;
        longHeader(LIST, count, lengthBytes);
        length += count;
        return this;
    }

    /** Opens a list whose payload will take {@code payloadLength} bytes: nothing closes it. */
    public RlpWriter listHeader(int payloadLength) {
        header(LIST, payloadLength);
        return this;
    }

    private void header(int kind, int count) {
        ensure(1 + Integer.BYTES);
        if (count <= SHORT_MAX) {
            bytes[length++] = (byte) (kind + count);
        } else {
            longHeader(kind, count, significantBytes(count));
        }
    }

    private void longHeader(int kind, int count, int lengthBytes) {
        bytes[length++] = (byte) (kind + SHORT_MAX + lengthBytes);
        bigEndian(count, lengthBytes);
    }

    private void bigEndian(long value, int count) {
        for (int shift = (count - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[length++] = (byte) (value >>> shift);
        }
    }

    private static int significantBytes(long value) {
        return (Long.SIZE - Long.numberOfLeadingZeros(value) + Byte.SIZE - 1) / Byte.SIZE;
    }

    private void ensure(int count) {
        if (count > bytes.length - length) {
            long needed = (long) length + count;
            if (needed > Integer.MAX_VALUE - Long.BYTES) {
                throw new IllegalStateException("a value of " + needed + " bytes is too long");
            }
            long doubled = Math.max(needed, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.min(doubled, Integer.MAX_VALUE - Long.BYTES));
        }
    }
}
