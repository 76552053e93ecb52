package dev.varve.sync.ethereum.trie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A record whose hash is right can still be nonsense, if somebody else made it. */
final class NodeDecoderTest {

    private static final byte[] ROOT_KEY = {0};

    @Test
    void shouldReturnWhatTheEncoderWrote() {
        NodeEncoder encoder = new NodeEncoder();
        for (byte[] record : records()) {
            assertArrayEquals(record, encoder.encode(decode(record)));
        }
    }

    @Test
    void shouldRefuseWhatIsNoNode() {
        String[] bad = {
            "", "00", "80", "c0", "c180", "c3808080", "c28080", "c2c020", "c22080", "c24020",
            "c31020ff", "c3820012", "c2c1", "f8", "f9ffff", "fa000001", "fbffffffff20",
            "bfffffffff", "c98200808080808080", "c420c22001", "c482001280", "c58200128101",
            "c23020c0",
            "d1" + "80".repeat(17), "d1" + "80".repeat(16) + "20", "d2" + "80".repeat(18),
        };
        for (String rlp : bad) {
            byte[] bytes = HexFormat.of().parseHex(rlp);
            assertThrows(TrieNodeException.class, () -> decode(bytes), rlp);
        }
    }

    @Test
    void shouldNameTheRecordWhenRefusing() {
        byte[] nothing = {};
        byte[] hash = new byte[32];
        byte[] key = {0x1a, 0x23};
        TrieNodeException e =
                assertThrows(
                        TrieNodeException.class, () -> NodeDecoder.decode(nothing, key, hash));
        assertEquals("a23", e.path());
    }

    @Test
    void shouldDecodeOrRefuseWhateverTheBytes() {
        long seed = 20;
        Random random = new Random(seed);
        List<byte[]> records = records();
        int refused = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = records.get(random.nextInt(records.size())).clone();
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                int at = random.nextInt(Math.min(bytes.length, random.nextBoolean() ? 8 : 600));
                bytes[at] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 3));
            }
            try {
                decode(bytes);
            } catch (TrieNodeException e) {
                refused++;
            }
        }
        assertTrue(refused > 10_000, "refused: " + refused);
    }

    /**
     * Records of all kinds: branches with and without a value, extensions, leaves, embedded ones.
     */
    private static List<byte[]> records() {
        MerkleTrie trie = new MerkleTrie();
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] key = new byte[1 + random.nextInt(4)];
            random.nextBytes(key);
            trie.put(key, new byte[] {(byte) (1 + i)});
            byte[] wide = new byte[40 + random.nextInt(300)];
            random.nextBytes(wide);
            trie.put(Arrays.copyOf(key, 6), wide);
        }
        MapNodeStore store = new MapNodeStore();
        trie.collectDirty(store.sink());
        store.commit();
        return new ArrayList<>(store.records.values());
    }

    private static Node decode(byte[] rlp) {
        return NodeDecoder.decode(rlp, ROOT_KEY, new byte[32]);
    }
}
