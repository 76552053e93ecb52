package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every source of blocks promises. */
abstract class BlockSourceContract {

    private final Keccak256 keccak = new Keccak256();
    @SuppressWarnings("NullAway.Init")
    private BlockSource source;

    /** Opens the source to be tested. */
    abstract BlockSource open();

    @BeforeEach
    void openSource() {
        source = open();
    }

    @AfterEach
    void closeSource() {
        if (source != null) {
            source.close();
        }
    }

    @Test
    void shouldHaveBlocksThatFitTheirHeadersAndEachOther() {
        BigInteger total = null;
        BlockHeader parent = null;
        for (long height = source.first(); height < source.end(); height++) {
            BlockHeader header = BlockHeader.decode(source.header(height));
            String name = source.describe(height);
            assertEquals(height, header.number(), name);
            if (parent != null) {
                assertArrayEquals(parent.hash(keccak), header.parentHash(), name);
            }
            parent = header;
            BlockBody body = BlockBody.decode(source.body(height));
            assertArrayEquals(header.unclesHash(), body.unclesHash(keccak), name);
            assertArrayEquals(
                    header.transactionsRoot(), OrderedRoot.of(body.transactionValues()), name);
            byte[] receipts = source.receipts(height);
            if (receipts != null) {
                assertArrayEquals(
                        header.receiptsRoot(),
                        OrderedRoot.of(BlockBody.receiptValues(receipts)),
                        name);
            }
            total = checkTotalDifficulty(height, header, total);
        }
    }

    private BigInteger checkTotalDifficulty(
            long height, BlockHeader header, @Nullable BigInteger before) {
        BigInteger stated = source.totalDifficulty(height);
        if (stated == null) {
            return BigInteger.ZERO;
        }
        if (before != null) {
            assertEquals(before.add(header.difficulty()), stated, source.describe(height));
        }
        return stated;
    }

    @Test
    void shouldAnswerTheSameInAnyOrder() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100; i++) {
            long height = random.nextLong(source.first(), source.end());
            byte[] body = source.body(height);
            byte[] header = source.header(height);
            assertEquals(height, BlockHeader.decode(header).number());
            assertArrayEquals(header, source.header(height));
            assertNotSame(header, source.header(height));
            assertArrayEquals(body, source.body(height));
        }
    }

    @Test
    void shouldHandOutArraysThatMayBeChanged() {
        byte[] header = source.header(source.first());
        byte[] body = source.body(source.first());
        byte first = header[0];
        header[0]++;
        body[0]++;
        assertEquals(first, source.header(source.first())[0]);
        assertEquals((byte) (body[0] - 1), source.body(source.first())[0]);
    }

    @Test
    void shouldRefuseHeightsItHasNot() {
        assertTrue(source.first() < source.end());
        for (long height : new long[] {source.first() - 1, source.end(), -1, Long.MAX_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> source.header(height));
            assertThrows(IllegalArgumentException.class, () -> source.body(height));
            assertThrows(IllegalArgumentException.class, () -> source.receipts(height));
            assertThrows(IllegalArgumentException.class, () -> source.totalDifficulty(height));
            assertThrows(IllegalArgumentException.class, () -> source.describe(height));
        }
    }

    @Test
    void shouldRefuseReadsWhenClosed() {
        source.header(source.first());
        source.close();
        source.close();
        assertThrows(IllegalStateException.class, () -> source.header(source.first()));
        assertThrows(IllegalStateException.class, () -> source.body(source.first()));
    }
}
