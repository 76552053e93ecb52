package dev.varve.sync.ethereum.trie;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a node from its RLP, with the nodes embedded in it; the hashes in it become stubs. The
 * bytes come from a disk: whatever they are, the answer is a node that keeps all rules of its kind,
 * or a {@link TrieNodeException} that names the record. One instance reads one record.
 */
final class NodeDecoder {

    private static final int BRANCH_ITEMS = BranchNode.WIDTH + 1;
    private static final int STRING = 0x80;
    private static final int LIST = 0xc0;
    private static final int MAX_SHORT_LENGTH = 55;

    private final byte[] rlp;
    private final byte[] pathKey;
    private final byte[] hash;

    /** The item last read: its first byte, those of its payload, and one past its last. */
    private int itemStart;

    private int payloadStart;
    private int itemEnd;

    private NodeDecoder(byte[] rlp, byte[] pathKey, byte[] hash) {
        this.rlp = rlp;
        this.pathKey = pathKey;
        this.hash = hash;
    }

    /** Returns the node of a record, saved and with its reference; the hash was checked before. */
    static Node decode(byte[] rlp, byte[] pathKey, byte[] hash) {
        Node node = new NodeDecoder(rlp, pathKey, hash).node(0, rlp.length);
        node.recorded = true;
        if (node.referenceLength == 0) {
            node.refer(hash, 0);
        }
        return node;
    }

    /** Reads the node that takes up exactly the given bytes. */
    private Node node(int from, int to) {
        read(from, to);
        if (!isList() || itemEnd != to) {
            throw malformed("no list of " + (to - from) + " bytes", from);
        }
        int first = payloadStart;
        Node node =
                switch (countItems(first, to)) {
                    case 2 -> shortNode(first, to);
                    case BRANCH_ITEMS -> branch(first, to);
                    default -> throw malformed("neither 2 nor 17 items", from);
                };
        if (to - from < Node.HASH_LENGTH) {
            node.refer(rlp, from, to);
        }
        node.saved = true;
        return node;
    }

    private int countItems(int from, int to) {
        int count = 0;
        for (int at = from; at < to && count <= BRANCH_ITEMS; at = itemEnd) {
            read(at, to);
            count++;
        }
        return count;
    }

    private Node shortNode(int from, int to) {
        read(from, to);
        if (isList() || itemEnd == payloadStart) {
            throw malformed("no path", from);
        }
        int flags = rlp[payloadStart] >> 4;
        byte[] path = path();
        read(itemEnd, to);
        if ((flags & 2) != 0) {
            return new LeafNode(path, value());
        }
        Node child = child();
        if (path.length == 0 || !(child instanceof BranchNode || child instanceof HashStub)) {
            throw malformed("an extension to no branch", from);
        }
        return new ExtensionNode(path, child);
    }

    private BranchNode branch(int from, int to) {
        BranchNode branch = new BranchNode();
        int at = from;
        for (int nibble = 0; nibble < BranchNode.WIDTH; nibble++) {
            read(at, to);
            at = itemEnd;
            branch.children[nibble] = child();
        }
        read(at, to);
        branch.value = itemEnd == payloadStart ? null : value();
        if (branch.count() < 2) {
            throw malformed("a branch that does not part", from);
        }
        return branch;
    }

    /** The item last read as a compact path. */
    private byte[] path() {
        int flags = rlp[payloadStart] >> 4;
        boolean odd = (flags & 1) != 0;
        if ((flags & ~3) != 0 || (!odd && (rlp[payloadStart] & 0xf) != 0)) {
            throw malformed("a path of an unknown kind", itemStart);
        }
        byte[] path = new byte[2 * (itemEnd - payloadStart) - (odd ? 1 : 2)];
        int length = 0;
        if (odd) {
            path[length++] = (byte) (rlp[payloadStart] & 0xf);
        }
        for (int i = payloadStart + 1; i < itemEnd; i++) {
            path[length++] = (byte) ((rlp[i] >> 4) & 0xf);
            path[length++] = (byte) (rlp[i] & 0xf);
        }
        return path;
    }

    private byte[] value() {
        if (isList() || itemEnd == payloadStart) {
            throw malformed("no value", itemStart);
        }
        return Arrays.copyOfRange(rlp, payloadStart, itemEnd);
    }

    /** The item last read as a child: nothing, the hash of a node, or a node itself. */
    private @Nullable Node child() {
        if (isList()) {
            if (itemEnd - itemStart >= Node.HASH_LENGTH) {
                throw malformed("an embedded node of 32 bytes or more", itemStart);
            }
            return node(itemStart, itemEnd);
        }
        int length = itemEnd - payloadStart;
        if (length != 0 && length != Node.HASH_LENGTH) {
            throw malformed("a reference of " + length + " bytes", itemStart);
        }
        return length == 0 ? null : new HashStub(rlp, payloadStart);
    }

    private boolean isList() {
        return (rlp[itemStart] & 0xff) >= LIST;
    }

    /**
     * Finds the bounds of the item at {@code from}, which has to end at {@code limit} or before.
     */
    private void read(int from, int limit) {
        if (from >= limit) {
            throw malformed("an item is missing", from);
        }
        int header = rlp[from] & 0xff;
        itemStart = from;
        if (header < STRING) {
            payloadStart = from;
            itemEnd = from + 1;
            return;
        }
        int code = header < LIST ? header - STRING : header - LIST;
        int lengthBytes = Math.max(0, code - MAX_SHORT_LENGTH);
        payloadStart = from + 1 + lengthBytes;
        long length = lengthBytes == 0 ? code : longLength(from + 1, lengthBytes, limit);
        if (length > limit - payloadStart) {
            throw malformed("an item of " + length + " bytes ends outside", from);
        }
        itemEnd = payloadStart + (int) length;
    }

    private long longLength(int from, int bytes, int limit) {
        if (bytes > Integer.BYTES || bytes > limit - from) {
            throw malformed("a length of " + bytes + " bytes", from);
        }
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = (length << Byte.SIZE) | (rlp[from + i] & 0xff);
        }
        return length;
    }

    private TrieNodeException malformed(String problem, int at) {
        return TrieNodeException.malformed(pathKey, hash, problem + " (byte " + at + ")");
    }
}
