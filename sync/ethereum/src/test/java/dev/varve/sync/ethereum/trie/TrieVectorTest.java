package dev.varve.sync.ethereum.trie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.sync.ethereum.ChainFiles;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The official trie vectors, a recorded run of account inserts with the root after each, and the
 * state of the mainnet's genesis. (The vectors of trietestnextprev ask for the neighbours of a key,
 * which this trie does not offer.)
 */
final class TrieVectorTest {

    private static final UnaryOperator<byte[]> RAW = UnaryOperator.identity();
    private static final UnaryOperator<byte[]> SECURE = new Keccak256()::hash;

    /** The hash of no code, and the root of no storage, in the account of every genesis account. */
    private static final byte[] NO_CODE =
            HexFormat.of()
                    .parseHex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");

    @Test
    void shouldReachTheRootsOfOrderedOperations() {
        assertEquals(5, checkInOrder("trietest.json", RAW));
        assertEquals(3, checkInOrder("trietest_secureTrie.json", SECURE));
    }

    @Test
    void shouldReachTheRootsInAnyOrder() {
        assertEquals(7, checkInAnyOrder("trieanyorder.json", RAW));
        assertEquals(7, checkInAnyOrder("trieanyorder_secureTrie.json", SECURE));
        assertEquals(3, checkInAnyOrder("hex_encoded_securetrie_test.json", SECURE));
    }

    @Test
    void shouldReachEveryRootOfTheRecordedAccountInserts() {
        String file = new String(
                ChainFiles.bytes("vectors/mpt-pyevm_account_ground_truth.json"),
                StandardCharsets.UTF_8);
        byte[] asObject = ("{\"inserts\":" + file + "}").getBytes(StandardCharsets.UTF_8);
        List<Object> inserts = ChainFiles.list(ChainFiles.json(asObject).get("inserts"));
        assertEquals(2500, inserts.size());
        MerkleTrie trie = new MerkleTrie();
        for (Object insert : inserts) {
            byte[] account =
                    account(
                            (BigInteger) ChainFiles.field(insert, "nonce"),
                            quantity(ChainFiles.field(insert, "balance")),
                            ChainFiles.hex(ChainFiles.field(insert, "storage_root")),
                            ChainFiles.hex(ChainFiles.field(insert, "code_hash")));
            byte[] address = ChainFiles.hex(ChainFiles.field(insert, "address"));
            trie.put(SECURE.apply(address), account);
            assertArrayEquals(
                    ChainFiles.hex(ChainFiles.field(insert, "final_state_root")), trie.rootHash());
        }
    }

    @Test
    void shouldReachTheStateRootOfTheMainnetGenesis() {
        Map<String, Object> alloc =
                ChainFiles.object(ChainFiles.json("era1/mainnet-genesis.json").get("alloc"));
        assertEquals(8893, alloc.size());
        MerkleTrie trie = new MerkleTrie();
        alloc.forEach(
                (address, account) ->
                        trie.put(
                                SECURE.apply(ChainFiles.hex(address)),
                                account(
                                        BigInteger.ZERO,
                                        quantity(ChainFiles.field(account, "balance")),
                                        MerkleTrie.emptyRoot(),
                                        NO_CODE)));
        assertEquals(
                "d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
                HexFormat.of().formatHex(trie.rootHash()));
    }

    private static int checkInOrder(String file, UnaryOperator<byte[]> keys) {
        Map<String, Object> vectors = ChainFiles.json("vectors/TrieTests/" + file);
        vectors.forEach(
                (name, vector) -> {
                    MerkleTrie trie = new MerkleTrie();
                    for (Object pair : ChainFiles.list(ChainFiles.field(vector, "in"))) {
                        List<Object> entry = ChainFiles.list(pair);
                        apply(trie, keys.apply(text(entry.get(0))), entry.get(1));
                    }
                    byte[] root = ChainFiles.hex(ChainFiles.field(vector, "root"));
                    assertArrayEquals(root, trie.rootHash(), name);
                });
        return vectors.size();
    }

    private static int checkInAnyOrder(String file, UnaryOperator<byte[]> keys) {
        Map<String, Object> vectors = ChainFiles.json("vectors/TrieTests/" + file);
        Random random = new Random(1);
        vectors.forEach(
                (name, vector) -> {
                    byte[] root = ChainFiles.hex(ChainFiles.field(vector, "root"));
                    Map<String, Object> in = ChainFiles.object(ChainFiles.field(vector, "in"));
                    List<Map.Entry<String, Object>> entries = new ArrayList<>(in.entrySet());
                    for (int i = 0; i < 24; i++) {
                        Collections.shuffle(entries, random);
                        MerkleTrie trie = new MerkleTrie();
                        entries.forEach(
                                e -> apply(trie, keys.apply(text(e.getKey())), e.getValue()));
                        assertArrayEquals(root, trie.rootHash(), name);
                    }
                });
        return vectors.size();
    }

    /** The reader of the files gives the text "null" for a null in a list, which is a deletion. */
    private static void apply(MerkleTrie trie, byte[] key, Object value) {
        if (value.equals("null")) {
            trie.delete(key);
        } else {
            trie.put(key, text(value));
        }
    }

    private static byte[] text(Object value) {
        String text = value.toString();
        return text.startsWith("0x")
                ? ChainFiles.hex(text)
                : text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static BigInteger quantity(Object hex) {
        return new BigInteger(hex.toString().substring(2), 16);
    }

    private static byte[] account(
            BigInteger nonce, BigInteger balance, byte[] storageRoot, byte[] codeHash) {
        RlpWriter writer = new RlpWriter();
        writer.startList();
        writer.integer(nonce).integer(balance).string(storageRoot).string(codeHash);
        writer.endList();
        return writer.toByteArray();
    }
}
