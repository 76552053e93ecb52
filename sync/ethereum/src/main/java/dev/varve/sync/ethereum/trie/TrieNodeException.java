package dev.varve.sync.ethereum.trie;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The store does not hold the node that the trie's hashes call for. It knows the path of the node
 * and not its place on disk, which is why it is no storage exception; the store can tell the
 * latter.
 */
public final class TrieNodeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final HexFormat HEX = HexFormat.of();

    private final String path;
    private final String expectedHash;
    private final @Nullable String actualHash;

    private TrieNodeException(
            String problem, byte[] pathKey, byte[] expectedHash, byte @Nullable [] actualHash) {
        super("trie node at path '" + nibblesOf(pathKey) + "' with hash 0x"
                + HEX.formatHex(expectedHash) + " " + problem);
        this.path = nibblesOf(pathKey);
        this.expectedHash = HEX.formatHex(expectedHash);
        this.actualHash = actualHash == null ? null : HEX.formatHex(actualHash);
    }

    static TrieNodeException missing(byte[] pathKey, byte[] expectedHash) {
        return new TrieNodeException("is missing: there is no record", pathKey, expectedHash, null);
    }

    static TrieNodeException mismatch(byte[] pathKey, byte[] expectedHash, byte[] actualHash) {
        return new TrieNodeException(
                "does not match its record, whose hash is 0x" + HEX.formatHex(actualHash),
                pathKey, expectedHash, actualHash);
    }

    static TrieNodeException malformed(byte[] pathKey, byte[] expectedHash, String problem) {
        return new TrieNodeException(
                "is no trie node: " + problem, pathKey, expectedHash, expectedHash);
    }

    /** The nibbles from the root to the node, one hex digit each; empty for the root. */
    public String path() {
        return path;
    }

    /** The hash that the parent, or the caller for the root, asks for: 64 hex digits. */
    public String expectedHash() {
        return expectedHash;
    }

    /** The hash of the record found: 64 hex digits, or null where there is none. */
    public @Nullable String actualHash() {
        return actualHash;
    }

    /**
     * A path key is the nibbles in hex behind one digit that tells their parity, 0 even and 1 odd.
     */
    private static String nibblesOf(byte[] pathKey) {
        boolean odd = pathKey[0] != 0;
        return HEX.formatHex(pathKey).substring(odd ? 1 : 2);
    }
}
