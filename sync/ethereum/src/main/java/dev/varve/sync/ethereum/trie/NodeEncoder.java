package dev.varve.sync.ethereum.trie;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes nodes as RLP and hashes them, in one buffer that is reused. A payload is written first,
 * into the space behind the longest possible header; the header then goes right in front of it. So
 * nothing is measured before it is written. Used by one thread, the trie's.
 */
final class NodeEncoder {

    private static final int MAX_HEADER_LENGTH = 1 + Integer.BYTES;

    private static final int STRING = 0x80;
    private static final int LIST = 0xc0;
    private static final int MAX_SHORT_LENGTH = 55;
    private static final byte EMPTY_STRING = (byte) STRING;

    /** The first nibble of a compact path: whether it ends in a leaf, whether its length is odd. */
    private static final int LEAF_FLAG = 2;

    private static final int ODD_FLAG = 1;

    private final Keccak256 keccak = new Keccak256();
    private byte[] buffer = new byte[1024];
    private int start;
    private int end;

    /** Gives a node and all below it their references, where a change took them away. */
    void hash(Node node) {
        if (node.isHashed()) {
            return;
        }
        switch (node) {
            case BranchNode branch -> hashChildren(branch);
            case ExtensionNode extension -> hash(extension.child);
            case LeafNode _, HashStub _ -> {}
        }
        write(node);
        if (end - start < Node.HASH_LENGTH) {
            node.refer(buffer, start, end);
        } else {
            keccak.hash(buffer, start, end - start, node.reference, 1);
            node.markHashReference();
        }
    }

    private void hashChildren(BranchNode branch) {
        for (Node child : branch.children) {
            if (child != null && !child.isHashed()) {
                hash(child);
            }
        }
    }

    /** Returns the RLP of a node whose children have references. */
    byte[] encode(Node node) {
        write(node);
        return Arrays.copyOfRange(buffer, start, end);
    }

    /** Returns the hash of a node's RLP even where that is too short for a hash reference. */
    byte[] hashOf(byte[] rlp) {
        return keccak.hash(rlp);
    }

    private void write(Node node) {
        end = MAX_HEADER_LENGTH;
        switch (node) {
            case BranchNode branch -> writeBranch(branch);
            case ExtensionNode extension -> {
                writePath(extension.path, 0);
                writeReference(extension.child);
            }
            case LeafNode leaf -> {
                writePath(leaf.path, LEAF_FLAG);
                writeString(leaf.value());
            }
            case HashStub _ -> throw new AssertionError("a stub is clean by its nature");
        }
        int payloadLength = end - MAX_HEADER_LENGTH;
        start = MAX_HEADER_LENGTH - headerLength(payloadLength);
        putHeader(start, LIST, payloadLength);
    }

    private void writeBranch(BranchNode branch) {
        reserve(BranchNode.WIDTH * Node.HASH_REFERENCE_LENGTH);
        for (Node child : branch.children) {
            if (child == null) {
                buffer[end++] = EMPTY_STRING;
            } else {
                System.arraycopy(child.reference, 0, buffer, end, child.referenceLength);
                end += child.referenceLength;
            }
        }
        writeValue(branch.value);
    }

    private void writeReference(Node child) {
        reserve(child.referenceLength);
        System.arraycopy(child.reference, 0, buffer, end, child.referenceLength);
        end += child.referenceLength;
    }

    private void writeValue(byte @Nullable [] value) {
        if (value == null) {
            reserve(1);
            buffer[end++] = EMPTY_STRING;
        } else {
            writeString(value);
        }
    }

    private void writeString(byte[] string) {
        reserve(MAX_HEADER_LENGTH + string.length);
        if (string.length != 1 || string[0] < 0) {
            end = putHeader(end, STRING, string.length);
        }
        System.arraycopy(string, 0, buffer, end, string.length);
        end += string.length;
    }

    /**
     * Writes nibbles in the compact encoding: two a byte, behind a first nibble that holds flags.
     */
    private void writePath(byte[] path, int flags) {
        int length = path.length / 2 + 1;
        reserve(MAX_HEADER_LENGTH + length);
        if (length > 1) {
            end = putHeader(end, STRING, length);
        }
        int from = path.length & 1;
        int first = from == 0 ? flags << 4 : (flags | ODD_FLAG) << 4 | path[0];
        buffer[end++] = (byte) first;
        for (int i = from; i < path.length; i += 2) {
            buffer[end++] = (byte) (path[i] << 4 | path[i + 1]);
        }
    }

    private static int headerLength(int payloadLength) {
        return payloadLength <= MAX_SHORT_LENGTH ? 1 : 1 + bytesOf(payloadLength);
    }

    private int putHeader(int at, int kind, int payloadLength) {
        if (payloadLength <= MAX_SHORT_LENGTH) {
            buffer[at] = (byte) (kind + payloadLength);
            return at + 1;
        }
        int bytes = bytesOf(payloadLength);
        buffer[at] = (byte) (kind + MAX_SHORT_LENGTH + bytes);
        for (int i = 1; i <= bytes; i++) {
            buffer[at + i] = (byte) (payloadLength >>> (Byte.SIZE * (bytes - i)));
        }
        return at + 1 + bytes;
    }

    private static int bytesOf(int length) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(length) + Byte.SIZE - 1) / Byte.SIZE;
    }

    private void reserve(int more) {
        if (end + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(end + more, 2 * buffer.length));
        }
    }
}
