package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.ChainFiles;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GenesisTest {

    private final Keccak256 keccak = new Keccak256();

    @TempDir
    private Path folder;

    @Test
    void shouldYieldTheFirstBlockOfTheMainNetwork() {
        Genesis genesis = Genesis.read(ChainFiles.path("era1/mainnet-genesis.json"));
        assertEquals(8_893, genesis.accounts().size());
        BlockHeader header = genesis.header(stateRoot(genesis));
        assertEquals(
                "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
                HexFormat.of().formatHex(header.hash(keccak)));
        assertEquals(BigInteger.ONE, genesis.spec().chainId());
        assertEquals(Fork.FRONTIER, genesis.spec().forkBeforeMerge(1_149_999));
        assertEquals(Fork.HOMESTEAD, genesis.spec().forkBeforeMerge(1_150_000));
        assertEquals(Fork.SPURIOUS_DRAGON, genesis.spec().forkBeforeMerge(4_369_999));
        assertEquals(Fork.PETERSBURG, genesis.spec().forkBeforeMerge(7_280_000));
        assertEquals(Fork.PARIS, genesis.spec().forkAfterMerge(1_681_338_454));
        assertEquals(Fork.PRAGUE, genesis.spec().forkAfterMerge(1_746_612_311));
    }

    @Test
    void shouldYieldTheParentOfTheFirstRecordedBlock() {
        Genesis genesis = Genesis.read(ChainFiles.path("execution-apis/genesis.json"));
        BlockHeader header = genesis.header(stateRoot(genesis));
        try (BlockSource source = RlpFileSource.open(ChainFiles.path("execution-apis/chain.rlp"))) {
            BlockHeader first = BlockHeader.decode(source.header(1));
            assertArrayEquals(first.parentHash(), header.hash(keccak));
        }
    }

    @Test
    void shouldYieldTheBlockThatAFileBeginsWith() {
        Genesis genesis = Genesis.read(ChainFiles.path("besu-snap/snapGenesis.json"));
        try (BlockSource source =
                RlpFileSource.open(ChainFiles.path("besu-snap/testBlockchain.blocks"))) {
            assertEquals(
                    BlockHeader.decode(source.header(0)), genesis.header(stateRoot(genesis)));
        }
    }

    @Test
    void shouldHaveTheFieldsOfLaterForksWhenTheyHoldFromTheStart() throws IOException {
        Path file = write(
                """
                {"config": {"chainId": 7, "londonBlock": 0, "shanghaiTime": 0, "cancunTime": 0,
                  "pragueTime": 0, "osakaTime": null, "other": {"deep": [1, 2]}},
                 "difficulty": "0", "gasLimit": 30000000, "timestamp": "10", "baseFeePerGas": "0x7",
                 "alloc": {"0x00000000000000000000000000000000000000ff":
                   {"balance": "12345678901234567890", "nonce": "0x1", "code": "0x6000",
                    "storage": {"0x01": "0x2", "03": "04"}}}}
                """);
        Genesis genesis = Genesis.read(file);
        BlockHeader header = genesis.header(new byte[32]);
        assertEquals(Fork.PRAGUE, genesis.spec().fork(header));
        assertEquals(BigInteger.valueOf(7), header.baseFee());
        assertEquals(30_000_000, header.gasLimit());
        assertEquals(21, fieldCount(header));
        GenesisAccount account = genesis.accounts().getFirst();
        assertEquals(new BigInteger("12345678901234567890"), account.balance());
        assertEquals(1, account.nonce());
        assertArrayEquals(new byte[] {0x60, 0}, account.code());
        assertEquals(2, account.storage().size());
        assertEquals(4, account.storage().get(1).value()[31]);
    }

    @Test
    void shouldNameTheOffsetWhenTheFileIsMalformed() throws IOException {
        SourceException e = assertThrows(
                SourceException.class, () -> Genesis.read(write("{\"alloc\": {\"0x12\": {}}}")));
        assertTrue(e.offset() > 8 && e.offset() < 24, e.getMessage());
        for (String text : new String[] {
            "", "[]", "{", "{\"config\": 1}", "{\"difficulty\": \"0xzz\"}", "{\"nonce\": -1}", "{}",
            "{\"mixHash\": \"0x00\"}", "{\"extraData\": \"0x0\"}", "{\"difficulty\": {}}"
        }) {
            assertThrows(SourceException.class, () -> Genesis.read(write(text)), text);
        }
        assertThrows(SourceException.class, () -> Genesis.read(folder.resolve("absent")));
    }

    @Test
    void shouldNameLineAndColumnWhenTheFileIsNoJson() throws IOException {
        Path file = write("{\n  \"config\": {\n    \"chainId\": one\n");
        SourceException e = assertThrows(SourceException.class, () -> Genesis.read(file));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("is not JSON: Unrecognized token 'one'"), message);
        assertTrue(message.contains(", line 3, column 1"), message);
        assertTrue(message.contains("file " + file), message);
        assertEquals(1, message.lines().count(), message);
        SourceException other =
                assertThrows(
                        SourceException.class, () -> Genesis.read(write("{\n\"nonce\": -1}")));
        assertTrue(other.toString().contains(", line 2, column "), other::toString);
        SourceException empty =
                assertThrows(SourceException.class, () -> Genesis.read(write(" \n")));
        assertTrue(empty.toString().contains("is empty"), empty::toString);
    }

    @Test
    void shouldRefuseNumbersThatNoHeaderHolds() throws IOException {
        for (String field : new String[] {
            "\"gasLimit\": \"0x8000000000000000\"", "\"gasLimit\": \"0x10000000000000000\"",
            "\"number\": \"0xffffffffffffffff\"", "\"timestamp\": \"0x10000000000000000\""
        }) {
            String config = "{\"config\": {\"chainId\": 1, \"londonBlock\": 0}, ";
            Path file = write(config + field + "}");
            SourceException e =
                    assertThrows(SourceException.class, () -> Genesis.read(file), field);
            assertTrue(e.toString().contains("first header"), e.getMessage());
        }
    }

    @Test
    void shouldThrowNothingElseWhenTheFileIsDamaged() throws IOException {
        byte[] text = ChainFiles.bytes("besu-snap/snapGenesis.json");
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = text.clone();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(128);
            }
            Path file = Files.write(folder.resolve("damaged.json"), damaged);
            try {
                Genesis.read(file).header(new byte[32]);
            } catch (SourceException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, "seed " + seed);
            }
        }
    }

    private static int fieldCount(BlockHeader header) {
        int count = 0;
        for (HeaderField field :
                HeaderField.values()) {
            count += header.has(field) ? 1 : 0;
        }
        return count;
    }

    private Path write(String text) throws IOException {
        return Files.write(
                folder.resolve("genesis.json"), text.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] stateRoot(Genesis genesis) {
        MerkleTrie state = new MerkleTrie();
        for (GenesisAccount account : genesis.accounts()) {
            MerkleTrie storage = new MerkleTrie();
            for (GenesisAccount.Slot slot : account.storage()) {
                BigInteger value = new BigInteger(1, slot.value());
                storage.put(
                        keccak.hash(slot.key()), new RlpWriter().integer(value).toByteArray());
            }
            Account value =
                    new Account(
                            account.nonce(),
                            account.balance(),
                            storage.rootHash(),
                            keccak.hash(account.code()));
            assertEquals(value, Account.decode(value.encode()));
            state.put(keccak.hash(account.address()), value.encode());
        }
        return state.rootHash();
    }
}
