package dev.varve.sync.ethereum.trie;

/** Nibbles, at least one, that all keys below share; its child is a branch, or the stub of one. */
final class ExtensionNode extends Node {

    final byte[] path;
    Node child;

    /** The array is kept. */
    ExtensionNode(byte[] path, Node child) {
        assert path.length > 0;
        this.path = path;
        this.child = child;
    }
}
