package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.BadItemException;
import dev.varve.sync.Pipeline;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Last blocks whose hashes and roots fit together, and which break a rule all the same. */
final class HostileBlockTest {

    private static final long LAST = 20;
    private static final byte[] EMPTY_LIST = {(byte) 0xc0};
    private static final byte[] EMPTY_BODY = {(byte) 0xc2, (byte) 0xc0, (byte) 0xc0};

    private final Keccak256 keccak = new Keccak256();
    private final DevChain whole = DevChain.of(new DevChainOptions(LAST, 0, 7));

    private BadItemException assertBad(String stage, BlockSource source, Genesis genesis) {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Pipeline pipeline =
                        Pipeline.over(store).stages(EthereumStages.of(source, genesis)).build()) {
            BadItemException e =
                    assertThrows(
                            BadItemException.class,
                            () -> pipeline.run(EthereumStages.target(source, Long.MAX_VALUE)));
            assertEquals(stage, e.stage(), e.getMessage());
            assertTrue(ChainVerifier.verify(store).isClean());
            return e;
        }
    }

    private static BlockHeader with(byte[] header, HeaderField field, byte[] value) {
        BlockHeader decoded = BlockHeader.decode(header);
        BlockHeader.Builder changed = new BlockHeader.Builder();
        for (HeaderField each : HeaderField.values()) {
            if (decoded.has(each)) {
                changed.set(each, decoded.bytes(each));
            }
        }
        return changed.set(field, value).build();
    }

    /** The last block naming uncles, rightly hashed. */
    private TamperedSource withUncles(long height, int count) {
        byte[] uncle = new BlockHeader.Builder().set(HeaderField.NUMBER, height).build().rlp();
        RlpWriter writer = new RlpWriter().startList();
        Collections.nCopies(count, uncle).forEach(writer::raw);
        byte[] uncles = writer.endList().toByteArray();
        byte[] body =
                new RlpWriter().startList().raw(EMPTY_LIST).raw(uncles).endList().toByteArray();
        byte[] hash = keccak.hash(uncles);
        return new TamperedSource(whole, LAST)
                .body(before -> body)
                .header(header -> with(header, HeaderField.UNCLES_HASH, hash).rlp());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, LAST - 7, LAST, LAST + 1, 1L << 40, Long.MAX_VALUE})
    void shouldRefuseUnclesThatNoRewardIsFor(long height) {
        BadItemException e = assertBad("execution", withUncles(height, 1), whole.genesis());
        assertTrue(e.reason().contains("uncle at height " + height), e.reason());
    }

    /** They get as far as the state root, which this test has not computed. */
    @ParameterizedTest
    @ValueSource(longs = {LAST - 6, LAST - 1})
    void shouldPayUnclesOfTheLastSixHeights(long height) {
        assertBad("state-root", withUncles(height, 2), whole.genesis());
    }

    @Test
    void shouldRefuseMoreThanTwoUncles() {
        assertBad("execution", withUncles(LAST - 1, 3), whole.genesis());
    }

    @Test
    void shouldRefuseATotalDifficultyThatNoRecordHolds() {
        byte[] most = new byte[32];
        Arrays.fill(most, (byte) 0xff);
        BigInteger before = whole.totalDifficulty(LAST - 1);
        TamperedSource source =
                new TamperedSource(whole, LAST)
                        .header(header -> with(header, HeaderField.DIFFICULTY, most).rlp())
                        .difficulty(told -> before.add(new BigInteger(1, most)));
        BadItemException e = assertBad("headers", source, whole.genesis());
        assertTrue(e.reason().contains("total difficulty"), e.reason());
    }

    /** A source without receipts leaves it to the execution to compare their root. */
    @Test
    void shouldRefuseAReceiptsRootAndABloomOfWhatDidNotHappen() {
        for (HeaderField field :
                new HeaderField[] {HeaderField.RECEIPTS_ROOT, HeaderField.LOGS_BLOOM}) {
            int length = field == HeaderField.LOGS_BLOOM ? 256 : 32;
            TamperedSource source =
                    new TamperedSource(whole, LAST)
                            .header(header -> with(header, field, new byte[length]).rlp())
                            .withoutReceipts();
            if (field == HeaderField.LOGS_BLOOM) {
                byte[] one = new byte[length];
                one[0] = 1;
                source.header(header -> with(header, field, one).rlp());
            }
            assertBad("execution", source, whole.genesis());
        }
    }

    @Test
    void shouldTellThatAnEmptyBodyHasNoWithdrawalsWhereItsHeaderHas() {
        BlockHeader before = BlockHeader.decode(whole.header(1));
        BodyRoots roots = new BodyRoots();
        assertNull(roots.faultOfBody(before, EMPTY_BODY));
        BlockHeader.Builder shanghai = new BlockHeader.Builder();
        shanghai.set(HeaderField.UNCLES_HASH, keccak.hash(EMPTY_LIST))
                .set(HeaderField.TRANSACTIONS_ROOT, MerkleTrie.emptyRoot())
                .set(HeaderField.WITHDRAWALS_ROOT, MerkleTrie.emptyRoot());
        assertNotNull(roots.faultOfBody(shanghai.build(), EMPTY_BODY));
    }

    /** The first header alone does not tell: it has the root that the file should lead to. */
    @Test
    void shouldRefuseAGenesisWithOtherAccountsBeforeAnythingIsWritten(@TempDir Path directory)
            throws Exception {
        String format =
                "{\"config\":{\"chainId\":1},\"alloc\":"
                        + "{\"00000000000000000000000000000000000000aa\":{\"balance\":\"%d\"}}}";
        Path right = Files.writeString(directory.resolve("right"), format.replace("%d", "7"));
        Path wrong = Files.writeString(directory.resolve("wrong"), format.replace("%d", "8"));
        byte[] first = Genesis.read(right).firstHeader().rlp();
        TamperedSource source =
                new TamperedSource(DevChain.of(new DevChainOptions(1, 0, 7)), 0)
                        .header(header -> first)
                        .difficulty(told -> BigInteger.ZERO);
        BadItemException e = assertBad("headers", source, Genesis.read(wrong));
        assertEquals(0, e.height());
    }
}
