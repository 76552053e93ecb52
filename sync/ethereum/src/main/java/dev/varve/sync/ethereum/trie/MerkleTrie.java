package dev.varve.sync.ethereum.trie;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Merkle-Patricia trie (Yellow Paper, appendix D): a map from byte keys to byte values with a
 * root hash that names its whole content. Only what changed since the last call is hashed again.
 *
 * <p>The trie takes keys as they are; who wants a secure trie hashes them first. It lives in
 * memory, alone ({@link #MerkleTrie()}) or over a {@link NodeStore} ({@link #open}): then nodes are
 * read when a key leads to them, each checked against the hash that its parent has for it. A cycle
 * of
 *
 * <pre>
 *   put and delete ... rootHash() ... collectDirty(sink) ... trim(depth)
 * </pre>
 *
 * <p>brings the records of the store up to date and bounds the memory held.
 *
 * <p>Used by one thread at a time, holds nothing that needs closing. Every call that reads the
 * store may throw {@link TrieNodeException} or whatever the store throws, and then the trie is as
 * it was before the call.
 */
public final class MerkleTrie {

    /** The longest key in bytes: its deepest node has a path key of one byte more. */
    public static final int MAX_KEY_LENGTH = 1023;

    private static final byte[] EMPTY_ROOT =
            HexFormat.of()
                    .parseHex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

    private final @Nullable NodeStore store;
    private final NodeEncoder encoder = new NodeEncoder();

    /** Where the current call stands; nodes copy from it what they keep. */
    private final NibblePath path = new NibblePath();

    private final TrieRecords records = new TrieRecords(encoder, path);

    private @Nullable Node root;

    /** Whether the current put or delete changed anything. */
    private boolean changed;

    /** Creates an empty trie that lives in memory alone. */
    public MerkleTrie() {
        this(null, null);
    }

    private MerkleTrie(@Nullable NodeStore store, @Nullable Node root) {
        this.store = store;
        this.root = root;
    }

    /**
     * Opens the trie whose nodes are in a store. Reads nothing yet.
     *
     * @param rootHash 32 bytes; {@link #emptyRoot} for a trie, and a store, without any node
     */
    public static MerkleTrie open(NodeStore store, byte[] rootHash) {
        if (rootHash.length != Node.HASH_LENGTH) {
            throw new IllegalArgumentException(
                    "a root hash of " + rootHash.length + " bytes, not " + Node.HASH_LENGTH);
        }
        boolean empty = Arrays.equals(rootHash, EMPTY_ROOT);
        return new MerkleTrie(store, empty ? null : new HashStub(rootHash, 0));
    }

    /** Returns the root hash of a trie without any key, the hash of an empty RLP string. */
    public static byte[] emptyRoot() {
        return EMPTY_ROOT.clone();
    }

    /** Returns a copy of the value of a key, or null where there is none. */
    public byte @Nullable [] get(byte[] key) {
        start(key);
        root = resolve(root, 0);
        Node node = root;
        int depth = 0;
        while (true) {
            switch (node) {
                case null -> {
                    return null;
                }
                case LeafNode leaf -> {
                    return path.endsWith(depth, leaf.path) ? leaf.value().clone() : null;
                }
                case ExtensionNode extension -> {
                    if (path.commonPrefix(depth, extension.path) < extension.path.length) {
                        return null;
                    }
                    depth += extension.path.length;
                    node = resolveChild(extension, depth);
                }
                case BranchNode branch -> {
                    if (depth == path.length()) {
                        return branch.value == null ? null : branch.value.clone();
                    }
                    int nibble = path.at(depth);
                    depth++;
                    node = resolveChild(branch, nibble, depth);
                }
                case HashStub _ -> throw new AssertionError("resolved nodes are no stubs");
            }
        }
    }

    /**
     * Gives a key a value, in place of the one that it may have.
     *
     * @param value not empty, because the trie knows no empty values; copied
     */
    public void put(byte[] key, byte[] value) {
        if (value.length == 0) {
            throw new IllegalArgumentException("an empty value: delete the key instead");
        }
        start(key);
        root = insert(root, 0, value);
    }

    /** Takes a key and its value out; returns whether the key was there. */
    public boolean delete(byte[] key) {
        start(key);
        root = resolve(root, 0);
        Node before = root;
        if (before != null) {
            root = remove(before, 0);
            if (root == null) {
                vacate(before, 0);
            }
        }
        return changed;
    }

    /** Hashes what changed since the last call, and returns the 32 bytes of the root hash. */
    public byte[] rootHash() {
        if (root == null) {
            return EMPTY_ROOT.clone();
        }
        encoder.hash(root);
        return root.isEmbedded() ? encoder.hashOf(encoder.encode(root)) : root.hash();
    }

    /**
     * Tells a sink everything that the store needs in order to hold this trie and nothing else.
     * Where the sink throws, the next call tells it everything again.
     */
    public void collectDirty(NodeSink sink) {
        records.collect(root, sink);
    }

    /**
     * Forgets the nodes that lie more than {@code depth} nibbles below the root and are in the
     * store unchanged; they are read again when a key leads to them.
     */
    public void trim(int depth) {
        if (depth < 0) {
            throw new IllegalArgumentException("a depth of " + depth + ", less than 0");
        }
        if (store == null) {
            throw new IllegalStateException("a trie without a store cannot forget nodes");
        }
        if (root != null) {
            TrieRecords.trimBelow(root, 0, depth);
        }
    }

    private void start(byte[] key) {
        if (key.length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a key of " + key.length + " bytes, more than " + MAX_KEY_LENGTH);
        }
        path.set(key);
        changed = false;
    }

    // ---- insertion: returns the node that now stands at a depth of the path

    private Node insert(@Nullable Node unresolved, int depth, byte[] value) {
        Node node = resolve(unresolved, depth);
        switch (node) {
            case null -> {
                changed = true;
                return new LeafNode(path.slice(depth, path.length()), value.clone());
            }
            case LeafNode leaf -> {
                return insertAtLeaf(leaf, depth, value);
            }
            case ExtensionNode extension -> {
                return insertAtExtension(extension, depth, value);
            }
            case BranchNode branch -> {
                insertAtBranch(branch, depth, value);
                return branch;
            }
            case HashStub _ -> throw new AssertionError("resolved nodes are no stubs");
        }
    }

    private Node insertAtLeaf(LeafNode leaf, int depth, byte[] value) {
        int common = path.commonPrefix(depth, leaf.path);
        if (common == leaf.path.length && depth + common == path.length()) {
            changed = leaf.replaceValue(value);
            if (changed) {
                leaf.touch();
            }
            return leaf;
        }
        BranchNode branch = new BranchNode();
        if (common == leaf.path.length) {
            branch.value = leaf.value();
        } else {
            byte[] rest = Arrays.copyOfRange(leaf.path, common + 1, leaf.path.length);
            branch.children[leaf.path[common]] = new LeafNode(rest, leaf.value());
        }
        return part(leaf, branch, depth, common, value);
    }

    private Node insertAtExtension(ExtensionNode extension, int depth, byte[] value) {
        byte[] shared = extension.path;
        int common = path.commonPrefix(depth, shared);
        if (common == shared.length) {
            Node child = resolveChild(extension, depth + common);
            extension.child = insert(child, depth + common, value);
            if (changed) {
                extension.touch();
            }
            return extension;
        }
        BranchNode branch = new BranchNode();
        if (common + 1 == shared.length) {
            branch.children[shared[common]] = extension.child;
        } else {
            byte[] rest = Arrays.copyOfRange(shared, common + 1, shared.length);
            branch.children[shared[common]] = new ExtensionNode(rest, extension.child);
        }
        return part(extension, branch, depth, common, value);
    }

    /** Puts a branch in the place of a node whose path parts from the key's behind some nibbles. */
    private Node part(Node replaced, BranchNode branch, int depth, int common, byte[] value) {
        insertAtBranch(branch, depth + common, value);
        Node top =
                common == 0
                        ? branch
                        : new ExtensionNode(path.slice(depth, depth + common), branch);
        top.recorded = replaced.recorded;
        return top;
    }

    private void insertAtBranch(BranchNode branch, int depth, byte[] value) {
        if (depth < path.length()) {
            int nibble = path.at(depth);
            branch.children[nibble] = insert(branch.children[nibble], depth + 1, value);
        } else if (!Arrays.equals(branch.value, value)) {
            branch.value = value.clone();
            changed = true;
        }
        if (changed) {
            branch.touch();
        }
    }

    // ---- removal: returns the node that now stands at a depth of the path, if any. Whatever has
    // to be read from the store is read before the first change. On the way back up, the path
    // behind the depth reached is free for other uses.

    private @Nullable Node remove(Node node, int depth) {
        return switch (node) {
            case LeafNode leaf -> {
                changed = path.endsWith(depth, leaf.path);
                yield changed ? null : leaf;
            }
            case ExtensionNode extension -> removeBelow(extension, depth);
            case BranchNode branch -> removeAtBranch(branch, depth);
            case HashStub _ -> throw new AssertionError("resolved nodes are no stubs");
        };
    }

    private Node removeBelow(ExtensionNode extension, int depth) {
        int length = extension.path.length;
        if (path.commonPrefix(depth, extension.path) < length) {
            return extension;
        }
        Node before = resolveChild(extension, depth + length);
        Node after = remove(before, depth + length);
        if (after != null && after != before) {
            return prefixed(extension, extension.path, after, depth);
        }
        assert after == before : "a branch leaves at least a leaf";
        if (changed) {
            extension.touch();
        }
        return extension;
    }

    private Node removeAtBranch(BranchNode branch, int depth) {
        if (depth == path.length()) {
            return removeValue(branch, depth);
        }
        int nibble = path.at(depth);
        Node before = resolveChild(branch, nibble, depth + 1);
        if (before == null) {
            return branch;
        }
        Node after = remove(before, depth + 1);
        if (after == null) {
            boolean collapses = branch.count() == 2;
            int sibling = collapses ? branch.childOtherThan(nibble) : -1;
            loadSibling(branch, sibling, depth);
            vacate(before, depth, nibble);
            branch.children[nibble] = null;
            return collapses ? collapsed(branch, sibling, depth) : touched(branch);
        }
        branch.children[nibble] = after;
        return changed ? touched(branch) : branch;
    }

    private Node removeValue(BranchNode branch, int depth) {
        if (branch.value == null) {
            return branch;
        }
        boolean collapses = branch.count() == 2;
        int sibling = collapses ? branch.childOtherThan(-1) : -1;
        loadSibling(branch, sibling, depth);
        branch.value = null;
        changed = true;
        return collapses ? collapsed(branch, sibling, depth) : touched(branch);
    }

    private static Node touched(BranchNode branch) {
        branch.touch();
        return branch;
    }

    /** Reads the child that a collapsing branch is left with: only its kind tells what to do. */
    private void loadSibling(BranchNode branch, int nibble, int depth) {
        if (nibble >= 0) {
            path.truncate(depth);
            path.push(nibble);
            resolveChild(branch, nibble, depth + 1);
        }
    }

    /** Returns what takes the place of a branch that is left with one child, or with its value. */
    private Node collapsed(BranchNode branch, int nibble, int depth) {
        if (branch.value != null) {
            LeafNode leaf = new LeafNode(new byte[0], branch.value);
            leaf.recorded = branch.recorded;
            return leaf;
        }
        path.truncate(depth);
        path.push(nibble);
        Node child = Objects.requireNonNull(branch.children[nibble]);
        return prefixed(branch, new byte[] {(byte) nibble}, child, depth);
    }

    /**
     * Returns what takes a node's place when it is nothing but nibbles in front of another node.
     */
    private Node prefixed(Node replaced, byte[] prefix, Node node, int depth) {
        Node top =
                switch (node) {
                    case LeafNode leaf -> new LeafNode(joined(prefix, leaf.path), leaf.value());
                    case ExtensionNode below ->
                        new ExtensionNode(joined(prefix, below.path), below.child);
                    case BranchNode branch -> new ExtensionNode(prefix, branch);
                    case HashStub _ -> throw new AssertionError("resolved nodes are no stubs");
                };
        if (!(node instanceof BranchNode)) {
            vacate(node, depth + prefix.length);
        }
        top.recorded = replaced.recorded;
        return top;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private void vacate(Node node, int depth) {
        if (node.recorded) {
            records.vacate(path.pathKey(depth));
        }
    }

    private void vacate(Node node, int parentDepth, int nibble) {
        path.truncate(parentDepth);
        path.push(nibble);
        vacate(node, parentDepth + 1);
    }

    // ---- stubs

    private @Nullable Node resolveChild(BranchNode branch, int nibble, int depth) {
        Node child = branch.children[nibble];
        if (child instanceof HashStub stub) {
            child = load(stub, depth);
            branch.children[nibble] = child;
        }
        return child;
    }

    private Node resolveChild(ExtensionNode extension, int depth) {
        if (extension.child instanceof HashStub stub) {
            Node child = load(stub, depth);
            if (!(child instanceof BranchNode)) {
                throw TrieNodeException.malformed(
                        path.pathKey(depth), stub.hash(), "no branch behind an extension");
            }
            extension.child = child;
        }
        return extension.child;
    }

    private @Nullable Node resolve(@Nullable Node node, int depth) {
        return node instanceof HashStub stub ? load(stub, depth) : node;
    }

    private Node load(HashStub stub, int depth) {
        byte[] pathKey = path.pathKey(depth);
        byte[] rlp = Objects.requireNonNull(store, "stubs come from a store").load(pathKey.clone());
        if (rlp == null) {
            throw TrieNodeException.missing(pathKey, stub.hash());
        }
        byte[] actual = encoder.hashOf(rlp);
        byte[] expected = stub.hash();
        if (!Arrays.equals(actual, expected)) {
            throw TrieNodeException.mismatch(pathKey, expected, actual);
        }
        return NodeDecoder.decode(rlp, pathKey, expected);
    }
}
