package dev.varve.sync.ethereum.trie;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the store has, and has not yet, of a trie. A node that takes another's place on a path
 * inherits the record there; where no node is left on a path, this class remembers that there may
 * be a record. Used by one thread, the trie's.
 */
final class TrieRecords {

    private final NodeEncoder encoder;

    /** Where the walk stands. */
    private final NibblePath path;

    /** Path keys where the store may have a record and the trie had no node any more. */
    private final Set<byte[]> vacated = new TreeSet<>(Arrays::compare);

    TrieRecords(NodeEncoder encoder, NibblePath path) {
        this.encoder = encoder;
        this.path = path;
    }

    void vacate(byte[] pathKey) {
        vacated.add(pathKey);
    }

    /**
     * Tells a sink of all changes. Nothing counts as saved before the sink has taken everything.
     */
    void collect(@Nullable Node root, NodeSink sink) {
        path.truncate(0);
        if (root != null) {
            encoder.hash(root);
            collectUnsaved(root, sink);
        }
        for (byte[] pathKey : vacated) {
            sink.delete(pathKey.clone());
        }
        vacated.clear();
        if (root != null) {
            markSaved(root);
            root.recorded = true;
        }
    }

    private void collectUnsaved(Node node, NodeSink sink) {
        if (node.saved) {
            return;
        }
        int depth = path.length();
        switch (node) {
            case BranchNode branch -> collectChildren(branch, sink);
            case ExtensionNode extension -> {
                path.append(extension.path);
                collectUnsaved(extension.child, sink);
                path.truncate(depth);
            }
            case LeafNode _, HashStub _ -> {}
        }
        byte[] pathKey = path.pathKey(depth);
        if (vacated.remove(pathKey)) {
            node.recorded = true;
        }
        if (depth == 0 || !node.isEmbedded()) {
            sink.put(pathKey, encoder.encode(node));
        } else if (node.recorded) {
            sink.delete(pathKey);
        }
    }

    private void collectChildren(BranchNode branch, NodeSink sink) {
        for (int nibble = 0; nibble < BranchNode.WIDTH; nibble++) {
            Node child = branch.children[nibble];
            if (child != null && !child.saved) {
                path.push(nibble);
                collectUnsaved(child, sink);
                path.truncate(path.length() - 1);
            }
        }
    }

    private static void markSaved(Node node) {
        if (node.saved) {
            return;
        }
        node.saved = true;
        node.recorded = !node.isEmbedded();
        switch (node) {
            case BranchNode branch -> {
                for (Node child : branch.children) {
                    if (child != null) {
                        markSaved(child);
                    }
                }
            }
            case ExtensionNode extension -> markSaved(extension.child);
            case LeafNode _, HashStub _ -> {}
        }
    }

    /** Turns saved nodes that lie deeper than {@code depth} nibbles into stubs. */
    static void trimBelow(Node node, int at, int depth) {
        switch (node) {
            case BranchNode branch -> {
                for (int nibble = 0; nibble < BranchNode.WIDTH; nibble++) {
                    Node child = branch.children[nibble];
                    if (child != null) {
                        branch.children[nibble] = trimmed(child, at + 1, depth);
                    }
                }
            }
            case ExtensionNode extension ->
                extension.child = trimmed(extension.child, at + extension.path.length, depth);
            case LeafNode _, HashStub _ -> {}
        }
    }

    private static Node trimmed(Node node, int at, int depth) {
        if (node instanceof HashStub) {
            return node;
        }
        if (at > depth && node.saved && !node.isEmbedded()) {
            return new HashStub(node.reference, 1);
        }
        trimBelow(node, at, depth);
        return node;
    }
}
