package dev.varve.sync.ethereum.trie;

import org.jspecify.annotations.Nullable;

/**
 * Where keys part: a child per nibble, and the value of the key that ends here. At least two of
 * these seventeen are there.
 */
final class BranchNode extends Node {

    static final int WIDTH = 16;

    final @Nullable Node[] children = new @Nullable Node[WIDTH];
    byte @Nullable [] value;

    /** Returns how many of the children and the value there are. */
    int count() {
        int count = value == null ? 0 : 1;
        for (Node child : children) {
            if (child != null) {
                count++;
            }
        }
        return count;
    }

    /** Returns the nibble of a child other than the one at {@code excluded}, or -1. */
    int childOtherThan(int excluded) {
        for (int nibble = 0; nibble < WIDTH; nibble++) {
            if (nibble != excluded && children[nibble] != null) {
                return nibble;
            }
        }
        return -1;
    }
}
