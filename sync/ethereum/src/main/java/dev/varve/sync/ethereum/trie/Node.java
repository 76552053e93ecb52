package dev.varve.sync.ethereum.trie;

import java.util.Arrays;

/**
 * A node of the trie in memory, with what stands for it in its parent: its reference, which is the
 * RLP of its hash, or its own RLP where that is shorter than 32 bytes ("embedded").
 *
 * <p>A node that is not hashed has only ancestors that are not hashed, and a node that is not saved
 * has only ancestors that are not saved: whoever changes a node calls {@link #touch} from there up
 * to the root.
 */
abstract sealed class Node permits BranchNode, ExtensionNode, LeafNode, HashStub {

    /** Length of a reference that is a hash: one byte of RLP header and the hash. */
    static final int HASH_REFERENCE_LENGTH = 33;

    static final int HASH_LENGTH = 32;

    private static final byte HASH_HEADER = (byte) (0x80 + HASH_LENGTH);

    /** Rewritten in place: the nodes near the root get a new hash with every block. */
    final byte[] reference = new byte[HASH_REFERENCE_LENGTH];

    /** Valid bytes of {@link #reference}; 0 where the node changed since it was last hashed. */
    int referenceLength;

    /** Whether the store has this very node, be it as a record or inside that of an ancestor. */
    boolean saved;

    /**
     * Whether the store may have a record at this node's path, be it of this node or a former one.
     */
    boolean recorded;

    final void touch() {
        referenceLength = 0;
        saved = false;
    }

    final boolean isHashed() {
        return referenceLength != 0;
    }

    final boolean isEmbedded() {
        return referenceLength < HASH_REFERENCE_LENGTH;
    }

    final void refer(byte[] rlp, int from, int to) {
        assert to - from < HASH_LENGTH : to - from;
        System.arraycopy(rlp, from, reference, 0, to - from);
        referenceLength = to - from;
    }

    final void refer(byte[] hash, int from) {
        System.arraycopy(hash, from, reference, 1, HASH_LENGTH);
        markHashReference();
    }

    /** To be called when the hash was written behind the first byte of {@link #reference}. */
    final void markHashReference() {
        reference[0] = HASH_HEADER;
        referenceLength = HASH_REFERENCE_LENGTH;
    }

    final byte[] hash() {
        assert !isEmbedded();
        return Arrays.copyOfRange(reference, 1, HASH_REFERENCE_LENGTH);
    }
}
