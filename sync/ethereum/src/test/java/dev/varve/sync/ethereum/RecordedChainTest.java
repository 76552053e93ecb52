package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.RlpFileSource;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two chains that cross every fork, block by block, against what was recorded of them. */
final class RecordedChainTest {

    private final Keccak256 keccak = new Keccak256();
    private final SenderRecovery recovery = new SenderRecovery();

    @ParameterizedTest
    @CsvSource({
        "execution-apis, chain.rlp, genesis.json, 1, 54, 249",
        "besu-snap, testBlockchain.blocks, snapGenesis.json, 0, 500, 402"
    })
    void shouldDecodeEveryBlockAsItWasRecorded(
            String folder,
            String file,
            String genesisFile,
            long first,
            int blocks,
            int transactions)
            throws IOException {
        ChainSpec spec = Genesis.read(ChainFiles.path(folder + "/" + genesisFile)).spec();
        List<Map<String, Object>> records = records(folder);
        assertEquals(blocks, records.size());
        int seen = 0;
        try (BlockSource source = RlpFileSource.open(ChainFiles.path(folder + "/" + file))) {
            assertEquals(first, source.first());
            assertEquals(blocks + 1, source.end());
            for (Map<String, Object> record : records) {
                long height = Long.parseLong(String.valueOf(record.get("n")));
                seen += checkBlock(source, height, record, spec);
            }
        }
        assertEquals(transactions, seen);
    }

    private int checkBlock(
            BlockSource source, long height, Map<String, Object> record, ChainSpec spec) {
        BlockHeader header = BlockHeader.decode(source.header(height));
        String name = "block " + height;
        assertEquals(height, header.number(), name);
        assertEquals(record.get("hash"), hex(header.hash(keccak)), name);
        assertEquals(record.get("root"), hex(header.stateRoot()), name);
        assertEquals(forkNamed(ChainFiles.field(record, "fork")), spec.fork(header), name);
        if (height > 1) {
            BlockHeader parent = BlockHeader.decode(source.header(height - 1));
            assertArrayEquals(parent.hash(keccak), header.parentHash(), name);
            checkDifficulty(parent, header, spec);
        }
        BlockBody body = BlockBody.decode(source.body(height));
        assertArrayEquals(header.unclesHash(), body.unclesHash(keccak), name);
        assertArrayEquals(
                header.transactionsRoot(), OrderedRoot.of(body.transactionValues()), name);
        if (header.has(HeaderField.WITHDRAWALS_ROOT)) {
            assertNotNull(body.withdrawals(), name);
            assertArrayEquals(
                    header.withdrawalsRoot(), OrderedRoot.of(body.withdrawalValues()), name);
        }
        List<Object> ids = ChainFiles.list(record.get("txs"));
        assertEquals(ids.size(), body.transactions().size(), name);
        TransactionRules rules = spec.transactionRules(header);
        for (int i = 0; i < ids.size(); i++) {
            Transaction transaction = body.transactions().get(i);
            assertEquals(ids.get(i), hex(transaction.hash(keccak)), name);
            rules.check(transaction);
            assertEquals(20, recovery.sender(transaction, rules.signatures()).length);
        }
        return ids.size();
    }

    private void checkDifficulty(BlockHeader parent, BlockHeader header, ChainSpec spec) {
        if (!header.isDifficultyZero()) {
            byte[] noUncles = keccak.hash(new byte[] {(byte) 0xc0});
            assertEquals(
                    DifficultyRule.next(
                            parent, noUncles, header.timestamp(), spec.fork(header)),
                    header.difficulty(),
                    header.toString());
        }
    }

    /** Parameter changes to blobs are no fork of ours. */
    private static Fork forkNamed(Object name) {
        return switch (name.toString()) {
            case "mergeNetsplitBlock" -> Fork.PARIS;
            case "bpo1", "bpo2" -> Fork.OSAKA;
            default ->
                    Fork.valueOf(
                            name.toString()
                                    .replaceAll("([A-Z])", "_$1")
                                    .toUpperCase(Locale.ROOT));
        };
    }

    private static List<Map<String, Object>> records(String folder) throws IOException {
        try (GZIPInputStream in =
                new GZIPInputStream(
                        new FileInputStream(
                                ChainFiles.path(folder + "/statediffs.jsonl.gz").toFile()))) {
            return ChainFiles.jsonLines(in);
        }
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
