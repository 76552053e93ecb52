package dev.varve.sync.ethereum.trie;

import java.util.List;

/**
 * The root of a list, as block headers name it for transactions, receipts and withdrawals: that of
 * a trie which maps the RLP of each index to the item there.
 */
public final class OrderedRoot {

    private static final int FIRST_TWO_BYTE_INDEX = 0x80;
    private static final int EMPTY_STRING = 0x80;

    private OrderedRoot() {}

    /** Returns the 32 bytes of the root of a list; no item may be empty, and none is kept. */
    public static byte[] of(List<byte[]> values) {
        if (values.isEmpty()) {
            return MerkleTrie.emptyRoot();
        }
        MerkleTrie trie = new MerkleTrie();
        int index = 0;
        for (byte[] value : values) {
            trie.put(key(index++), value);
        }
        return trie.rootHash();
    }

    /**
     * The RLP of an index: one byte up to 127, where 0 is the empty string; else a length first.
     */
    private static byte[] key(int index) {
        if (index < FIRST_TWO_BYTE_INDEX) {
            return new byte[] {(byte) (index == 0 ? EMPTY_STRING : index)};
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(index);
        int bytes = (bits + Byte.SIZE - 1) / Byte.SIZE;
        byte[] key = new byte[1 + bytes];
        key[0] = (byte) (EMPTY_STRING + bytes);
        for (int i = 1; i <= bytes; i++) {
            key[i] = (byte) (index >>> (Byte.SIZE * (bytes - i)));
        }
        return key;
    }
}
