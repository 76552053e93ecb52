package dev.varve.sync.ethereum.trie;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The naive twin of {@link MerkleTrie}: a sorted map of hex digits, from which the whole trie is
 * built anew, by the letter of the Yellow Paper, whenever somebody asks.
 */
final class TwinTrie {

    private static final HexFormat HEX = HexFormat.of();
    private static final Keccak256 KECCAK = new Keccak256();

    private final TreeMap<String, byte[]> entries = new TreeMap<>();

    void put(byte[] key, byte[] value) {
        entries.put(HEX.formatHex(key), value.clone());
    }

    boolean delete(byte[] key) {
        return entries.remove(HEX.formatHex(key)) != null;
    }

    byte @Nullable [] get(byte[] key) {
        return entries.get(HEX.formatHex(key));
    }

    List<byte[]> keys() {
        return entries.keySet().stream().map(HEX::parseHex).toList();
    }

    TwinTrie copy() {
        TwinTrie copy = new TwinTrie();
        copy.entries.putAll(entries);
        return copy;
    }

    byte[] rootHash() {
        return KECCAK.hash(node(entries, "", new TreeMap<>()));
    }

    /** The records that a store has to hold, by path key in hex. */
    SortedMap<String, String> records() {
        SortedMap<String, String> records = new TreeMap<>();
        node(entries, "", records);
        return records;
    }

    /** The RLP of the node at a path, of the entries that begin with it. */
    private static byte[] node(
            NavigableMap<String, byte[]> entries, String path, SortedMap<String, String> records) {
        if (entries.isEmpty()) {
            return new byte[] {(byte) 0x80};
        }
        byte[] rlp;
        if (entries.size() == 1) {
            String key = entries.firstKey();
            byte[] value = entries.firstEntry().getValue();
            rlp = pair(compact(key.substring(path.length()), 2), string(value));
        } else {
            String shared = sharedPrefix(entries.firstKey(), entries.lastKey());
            rlp = shared.equals(path)
                    ? branch(entries, path, records)
                    : pair(
                            compact(shared.substring(path.length()), 0),
                            reference(node(entries, shared, records)));
        }
        if (path.isEmpty() || rlp.length >= 32) {
            String parity = path.length() % 2 == 0 ? "00" : "1";
            records.put(parity + path, HEX.formatHex(rlp));
        }
        return rlp;
    }

    private static byte[] branch(
            NavigableMap<String, byte[]> entries, String path, SortedMap<String, String> records) {
        RlpWriter writer = new RlpWriter();
        writer.startList();
        for (char digit : "0123456789abcdef".toCharArray()) {
            String below = path + digit;
            NavigableMap<String, byte[]> part = entries.subMap(below, true, below + "g", false);
            writer.raw(reference(node(part, below, records)));
        }
        writer.string(entries.getOrDefault(path, new byte[0]));
        writer.endList();
        return writer.toByteArray();
    }

    private static byte[] pair(byte[] path, byte[] reference) {
        RlpWriter writer = new RlpWriter();
        writer.startList();
        writer.string(path);
        writer.raw(reference);
        writer.endList();
        return writer.toByteArray();
    }

    private static byte[] string(byte[] value) {
        return new RlpWriter().string(value).toByteArray();
    }

    private static byte[] reference(byte[] rlp) {
        return rlp.length < 32 ? rlp : string(KECCAK.hash(rlp));
    }

    private static byte[] compact(String nibbles, int kind) {
        return HEX.parseHex(
                nibbles.length() % 2 == 0 ? kind + "0" + nibbles : (kind + 1) + nibbles);
    }

    private static String sharedPrefix(String first, String last) {
        int length = 0;
        while (length < Math.min(first.length(), last.length())
                && first.charAt(length) == last.charAt(length)) {
            length++;
        }
        return first.substring(0, length);
    }
}
