package dev.varve.sync.ethereum.trie;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Node records in a map, by path key in hex. What a sink of it took becomes visible with {@link
 * #commit}; a read, or a put to a sink, can be made to fail.
 */
final class MapNodeStore implements NodeStore {

    /** Stands for any failure of a real store. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static final int NEVER = -1;

    private static final HexFormat HEX = HexFormat.of();

    final Map<String, byte[]> records = new HashMap<>();
    private final Map<String, byte @Nullable []> staged = new HashMap<>();
    private int callsUntilFailure = NEVER;
    int loads;

    /** Lets the call after that many others fail, once. */
    void failAfter(int calls) {
        callsUntilFailure = calls;
    }

    @Override
    public byte @Nullable [] load(byte[] pathKey) {
        mayFail();
        loads++;
        return records.get(HEX.formatHex(pathKey));
    }

    NodeSink sink() {
        staged.clear();
        return new NodeSink() {
            @Override
            public void put(byte[] pathKey, byte[] nodeRlp) {
                stage(pathKey, nodeRlp);
            }

            @Override
            public void delete(byte[] pathKey) {
                if (!records.containsKey(HEX.formatHex(pathKey))) {
                    throw new AssertionError("no record at " + HEX.formatHex(pathKey));
                }
                stage(pathKey, null);
            }
        };
    }

    private void stage(byte[] pathKey, byte @Nullable [] nodeRlp) {
        mayFail();
        if (pathKey.length == 0 || pathKey.length > 1024) {
            throw new AssertionError("a path key of " + pathKey.length + " bytes");
        }
        if (staged.containsKey(HEX.formatHex(pathKey))) {
            throw new AssertionError("named twice: " + HEX.formatHex(pathKey));
        }
        staged.put(HEX.formatHex(pathKey), nodeRlp);
    }

    private void mayFail() {
        if (callsUntilFailure >= 0 && callsUntilFailure-- == 0) {
            throw new Failure();
        }
    }

    /** Makes what was staged visible; returns how many records that were. */
    int commit() {
        staged.forEach(
                (key, record) -> {
                    if (record == null) {
                        records.remove(key);
                    } else {
                        records.put(key, record);
                    }
                });
        int count = staged.size();
        staged.clear();
        return count;
    }

    SortedMap<String, String> comparable() {
        SortedMap<String, String> hex = new TreeMap<>();
        records.forEach((key, record) -> hex.put(key, HEX.formatHex(record)));
        return hex;
    }
}
