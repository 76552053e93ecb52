package dev.varve.sync.ethereum.trie;

import org.jspecify.annotations.Nullable;

/**
 * Where a trie finds the nodes it does not hold in memory: one record per node, under the node's
 * path.
 *
 * <p>Which nodes have a record: the root, and every node whose RLP has at least 32 bytes. A shorter
 * node stands inside the RLP of its parent and has no record of its own.
 *
 * <p>The path key of a node is the sequence of nibbles from the root down to it, in the compact
 * encoding of the Yellow Paper (appendix C) without its leaf flag:
 *
 * <pre>
 *  nibbles        first byte      then
 *  even count     0x00            two nibbles a byte
 *  odd count      0x10 | first    two nibbles a byte
 * </pre>
 *
 * <p>So the root's key is the single byte 0x00, no two paths share a key, and a node in a trie of
 * keys of n bytes has a path key of at most n + 1 bytes.
 *
 * <p>A store must show everything that {@link MerkleTrie#collectDirty} put into a {@link NodeSink}
 * before the trie is used again: a trie that forgot a node reads it back from here. Called by the
 * trie's thread only.
 */
@FunctionalInterface
public interface NodeStore {

    /**
     * Returns the RLP of the node at a path, or null where there is no record.
     *
     * @param pathKey a new array, the store's to keep
     * @return an array that nobody changes any more
     */
    byte @Nullable [] load(byte[] pathKey);
}
