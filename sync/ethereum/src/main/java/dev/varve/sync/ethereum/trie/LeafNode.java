package dev.varve.sync.ethereum.trie;

import java.util.Arrays;

/** The end of a key: its last nibbles, perhaps none, and its value. */
final class LeafNode extends Node {

    final byte[] path;
    private byte[] value;

    /** Both arrays are kept. */
    LeafNode(byte[] path, byte[] value) {
        this.path = path;
        this.value = value;
    }

    byte[] value() {
        return value;
    }

    /** Takes a copy of a value, in place where the length allows; returns whether it is another. */
    boolean replaceValue(byte[] newValue) {
        if (Arrays.equals(value, newValue)) {
            return false;
        }
        if (value.length == newValue.length) {
            System.arraycopy(newValue, 0, value, 0, newValue.length);
        } else {
            value = newValue.clone();
        }
        return true;
    }
}
