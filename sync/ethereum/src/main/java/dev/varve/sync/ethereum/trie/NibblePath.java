package dev.varve.sync.ethereum.trie;

import java.util.Arrays;

/**
 * The way from the root to a node, or to where a key's value belongs: a sequence of nibbles in one
 * array that is reused from call to call. Used by one thread, the trie's.
 */
final class NibblePath {

    private byte[] nibbles = new byte[64];
    private int length;

    /** Becomes the nibbles of a key, the high one of each byte first. */
    void set(byte[] key) {
        length = 0;
        reserve(2 * key.length);
        for (byte b : key) {
            nibbles[length++] = (byte) ((b >> 4) & 0xf);
            nibbles[length++] = (byte) (b & 0xf);
        }
    }

    void push(int nibble) {
        reserve(1);
        nibbles[length++] = (byte) nibble;
    }

    void append(byte[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, nibbles, length, more.length);
        length += more.length;
    }

    /** Drops what lies behind the first {@code newLength} nibbles. */
    void truncate(int newLength) {
        assert newLength <= length : newLength + " > " + length;
        length = newLength;
    }

    int length() {
        return length;
    }

    int at(int index) {
        return nibbles[index];
    }

    byte[] slice(int from, int to) {
        return Arrays.copyOfRange(nibbles, from, to);
    }

    /** Returns how many nibbles of {@code other} equal those here from index {@code from} on. */
    int commonPrefix(int from, byte[] other) {
        int limit = Math.min(other.length, length - from);
        int difference = Arrays.mismatch(nibbles, from, from + limit, other, 0, limit);
        return difference < 0 ? limit : difference;
    }

    /** Tells whether {@code other} is exactly what lies here from index {@code from} on. */
    boolean endsWith(int from, byte[] other) {
        return Arrays.equals(nibbles, from, length, other, 0, other.length);
    }

    /**
     * Returns the path key, as {@link NodeStore} defines it, of the first {@code depth} nibbles.
     */
    byte[] pathKey(int depth) {
        assert depth <= length : depth + " > " + length;
        byte[] key = new byte[depth / 2 + 1];
        int from = depth & 1;
        key[0] = from == 0 ? 0 : (byte) (0x10 | nibbles[0]);
        for (int i = 1; i < key.length; i++, from += 2) {
            key[i] = (byte) (nibbles[from] << 4 | nibbles[from + 1]);
        }
        return key;
    }

    private void reserve(int more) {
        if (length + more > nibbles.length) {
            nibbles = Arrays.copyOf(nibbles, Math.max(length + more, 2 * nibbles.length));
        }
    }
}
