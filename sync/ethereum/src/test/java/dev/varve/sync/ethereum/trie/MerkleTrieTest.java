package dev.varve.sync.ethereum.trie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class MerkleTrieTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final Keccak256 KECCAK = new Keccak256();

    private final MapNodeStore store = new MapNodeStore();

    @Test
    void shouldHaveTheRootOfAnEmptyStringWhenEmpty() {
        byte[] emptyString = {(byte) 0x80};
        assertArrayEquals(KECCAK.hash(emptyString), new MerkleTrie().rootHash());
        assertArrayEquals(KECCAK.hash(emptyString), MerkleTrie.emptyRoot());
        assertNull(new MerkleTrie().get(hex("00")));
        assertFalse(new MerkleTrie().delete(hex("00")));
    }

    @Test
    void shouldKeepCopiesOfItsOwn() {
        MerkleTrie trie = new MerkleTrie();
        byte[] value = {1, 2, 3};
        trie.put(hex("ab"), value);
        byte[] root = trie.rootHash();
        value[0] = 9;
        Objects.requireNonNull(trie.get(hex("ab")))[1] = 9;
        trie.rootHash()[0]++;
        assertArrayEquals(new byte[] {1, 2, 3}, trie.get(hex("ab")));
        assertArrayEquals(root, trie.rootHash());
    }

    @Test
    void shouldRefuseWhatATrieCannotHold() {
        MerkleTrie trie = new MerkleTrie();
        byte[] tooLong = new byte[MerkleTrie.MAX_KEY_LENGTH + 1];
        assertThrows(IllegalArgumentException.class, () -> trie.put(hex("00"), new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> trie.put(tooLong, new byte[1]));
        assertThrows(IllegalArgumentException.class, () -> trie.get(tooLong));
        assertThrows(IllegalArgumentException.class, () -> trie.trim(-1));
        assertThrows(IllegalStateException.class, () -> trie.trim(0));
        assertThrows(
                IllegalArgumentException.class, () -> MerkleTrie.open(store, new byte[31]));
    }

    @Test
    void shouldReachAnyDepthThatKeysAllow() {
        MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        TwinTrie twin = new TwinTrie();
        int nibbles = 2 * MerkleTrie.MAX_KEY_LENGTH;
        for (int i = 0; i < nibbles; i++) {
            byte[] key = new byte[MerkleTrie.MAX_KEY_LENGTH];
            key[i / 2] = (byte) (i % 2 == 0 ? 0x10 : 0x01);
            trie.put(key, value(i));
            twin.put(key, value(i));
        }
        save(trie);
        assertEquals(twin.records(), store.comparable());
        MerkleTrie opened = MerkleTrie.open(store, trie.rootHash());
        for (byte[] key : twin.keys()) {
            assertTrue(opened.delete(key));
        }
        save(opened);
        assertEquals("[]", paths());
    }

    @Test
    void shouldStoreTheRootEvenWhenItIsShort() {
        MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        trie.put(hex("12"), hex("05"));
        save(trie);
        assertEquals("{00=c482201205}", store.comparable().toString());
        assertArrayEquals(KECCAK.hash(hex("c482201205")), trie.rootHash());
        MerkleTrie opened = MerkleTrie.open(store, trie.rootHash());
        assertArrayEquals(trie.rootHash(), opened.rootHash());
        assertArrayEquals(hex("05"), opened.get(hex("12")));
        assertTrue(opened.delete(hex("12")));
        save(opened);
        assertEquals("{}", store.comparable().toString());
    }

    @Test
    void shouldRecordOnlyThePathsThatChanged() {
        MerkleTrie trie = filled(2000);
        int all = store.records.size();
        trie.put(key(7), value(70_007));
        trie.collectDirty(store.sink());
        int changed = store.commit();
        assertTrue(changed >= 3 && changed <= 5, changed + " of " + all + " records");
        trie.put(key(7), value(70_007));
        trie.collectDirty(store.sink());
        assertEquals(0, store.commit(), "the same value is no change");
    }

    @Test
    void shouldReadOnlyWhatAKeyLeadsTo() {
        byte[] root = filled(2000).rootHash();
        store.loads = 0;
        MerkleTrie trie = MerkleTrie.open(store, root);
        assertArrayEquals(root, trie.rootHash());
        assertEquals(0, store.loads);
        assertArrayEquals(value(11), trie.get(key(11)));
        int path = store.loads;
        assertTrue(path >= 3 && path <= 5, "loads: " + path);
        trie.put(key(11), value(12));
        trie.rootHash();
        assertEquals(path, store.loads);
    }

    @Test
    void shouldForgetSavedNodesBelowADepth() {
        MerkleTrie trie = filled(2000);
        byte[] root = trie.rootHash();
        trie.put(key(5), value(50_005));
        trie.trim(0);
        store.loads = 0;
        assertArrayEquals(value(50_005), trie.get(key(5)));
        assertEquals(0, store.loads, "a changed node stays");
        assertArrayEquals(value(6), trie.get(key(6)));
        assertTrue(store.loads > 0, "a saved node is read again");
        trie.put(key(5), value(5));
        assertArrayEquals(root, trie.rootHash());
    }

    @Test
    void shouldReadTheSiblingWhenABranchCollapses() {
        MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        trie.put(hex("11aa"), value(1));
        trie.put(hex("11bb"), value(2));
        trie.put(hex("22"), value(3));
        save(trie);
        assertEquals("[00, 0011, 11, 111a, 111b, 12]", paths(), "a leaf on each of 11a, 11b and 2");
        MerkleTrie opened = MerkleTrie.open(store, trie.rootHash());
        store.loads = 0;
        opened.delete(hex("11bb"));
        assertEquals(5, store.loads, "the way to 11b, and its sibling");
        save(opened);
        assertEquals("[00, 11, 12]", paths(), "a leaf took the place of the extension on 1");
        opened = MerkleTrie.open(store, opened.rootHash());
        opened.delete(hex("22"));
        save(opened);
        assertEquals("[00]", paths(), "a leaf is all");
        assertArrayEquals(value(1), opened.get(hex("11aa")));
    }

    @Test
    void shouldStayAsItWasWhenTheSiblingOfACollapseIsMissing() {
        MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        trie.put(hex("11aa"), value(1));
        trie.put(hex("11bb"), value(2));
        save(trie);
        byte[] root = trie.rootHash();
        byte[] sibling = Objects.requireNonNull(store.records.remove("111a"));
        MerkleTrie opened = MerkleTrie.open(store, root);
        TrieNodeException e =
                assertThrows(TrieNodeException.class, () -> opened.delete(hex("11bb")));
        assertEquals("11a", e.path());
        assertArrayEquals(root, opened.rootHash());
        assertArrayEquals(value(2), opened.get(hex("11bb")));
        store.records.put("111a", sibling);
        assertTrue(opened.delete(hex("11bb")));
    }

    @Test
    void shouldNameTheNodeWhenItsRecordIsMissing() {
        byte[] root = filled(2000).rootHash();
        byte[] key = key(11);
        String child = "1" + HEX.formatHex(key).charAt(0);
        byte[] record = Objects.requireNonNull(store.records.remove(child));
        MerkleTrie trie = MerkleTrie.open(store, root);
        TrieNodeException e = assertThrows(TrieNodeException.class, () -> trie.get(key));
        assertEquals(child.substring(1), e.path());
        assertEquals(HEX.formatHex(KECCAK.hash(record)), e.expectedHash());
        assertNull(e.actualHash());
        assertThrows(TrieNodeException.class, () -> trie.put(key, value(1)));
        assertThrows(TrieNodeException.class, () -> trie.delete(key));
        assertArrayEquals(root, trie.rootHash());
        store.records.put(child, record);
        assertArrayEquals(value(11), trie.get(key));
    }

    @Test
    void shouldNameBothHashesWhenTheRecordIsAnother() {
        byte[] root = filled(2000).rootHash();
        byte[] other = Objects.requireNonNull(store.records.get("10"));
        store.records.put("00", other);
        MerkleTrie trie = MerkleTrie.open(store, root);
        TrieNodeException e = assertThrows(TrieNodeException.class, () -> trie.get(key(1)));
        assertEquals("", e.path());
        assertEquals(HEX.formatHex(root), e.expectedHash());
        assertEquals(HEX.formatHex(KECCAK.hash(other)), e.actualHash());
    }

    @Test
    void shouldNoticeAnyFlippedBitOfARecord() {
        MerkleTrie trie = filled(40);
        byte[] root = trie.rootHash();
        byte[] record = Objects.requireNonNull(store.records.get("00"));
        for (int bit = 0; bit < record.length * Byte.SIZE; bit++) {
            record[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
            assertThrows(
                    TrieNodeException.class, () -> MerkleTrie.open(store, root).get(key(1)));
            record[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
        }
        assertNotNull(MerkleTrie.open(store, root).get(key(1)));
    }

    @Test
    void shouldRefuseAnExtensionToALeaf() {
        byte[] leaf = ByteBuffer.allocate(36).put(hex("e320a1ff")).array();
        byte[] root = ByteBuffer.allocate(35).put(hex("e211a0")).put(KECCAK.hash(leaf)).array();
        store.records.put("00", root);
        store.records.put("11", leaf);
        MerkleTrie trie = MerkleTrie.open(store, KECCAK.hash(root));
        TrieNodeException e = assertThrows(TrieNodeException.class, () -> trie.get(hex("10")));
        assertEquals("1", e.path());
        assertEquals(e.expectedHash(), e.actualHash(), "the record is the one asked for");
        assertThrows(TrieNodeException.class, () -> trie.put(hex("10"), value(1)));
        assertThrows(TrieNodeException.class, () -> trie.delete(hex("10")));
    }

    private MerkleTrie filled(int count) {
        MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        for (int i = 0; i < count; i++) {
            trie.put(key(i), value(i));
        }
        save(trie);
        return trie;
    }

    private void save(MerkleTrie trie) {
        trie.collectDirty(store.sink());
        store.commit();
    }

    private String paths() {
        return store.comparable().keySet().toString();
    }

    private static byte[] key(int i) {
        return KECCAK.hash(ByteBuffer.allocate(4).putInt(i).array());
    }

    private static byte[] value(int i) {
        byte[] value = new byte[70];
        Arrays.fill(value, (byte) 0x5a);
        return ByteBuffer.wrap(value).putInt(i).array();
    }

    private static byte[] hex(String digits) {
        return HEX.parseHex(digits);
    }
}
