package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.logstore.Durability;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many ids twice through a gate on a real disk: all in, then none; again after reopening. */
final class TwoPassTest {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final int REQUEST_IDS = 10_000;
    private static final byte[] NOTHING = {};

    @TempDir private Path directory;

    private LedgerStore open(long ids) {
        return LedgerStore.at(directory)
                .durability(Durability.NONE)
                .expectedIds(ids)
                .open();
    }

    /** How many of the ids were added; all others are duplicates. */
    private static long pass(LedgerStore ledger, long ids, LongFunction<byte[]> source) {
        DuplicateGate gate = ledger.gate(TX);
        long added = 0;
        long duplicates = 0;
        try (IdRequest request = gate.newRequest(REQUEST_IDS)) {
            for (long from = 0; from < ids; from += REQUEST_IDS) {
                request.clear();
                for (long i = from; i < Math.min(ids, from + REQUEST_IDS); i++) {
                    request.put(source.apply(i), i, NOTHING);
                }
                gate.addAllIfAbsent(request);
                added += request.count(Answer.ADDED);
                duplicates += request.count(Answer.DUPLICATE);
            }
        }
        assertEquals(ids, added + duplicates);
        return added;
    }

    private void assertInOnce(long ids, LongFunction<byte[]> source) {
        try (LedgerStore ledger = open(ids)) {
            assertEquals(ids, pass(ledger, ids, source));
            double looks = ledger.gate(TX).stats().confirms();
            assertTrue(looks < 0.006 * ids + 20, looks + " looks into the log for " + ids);
            assertEquals(0, pass(ledger, ids, source));
        }
        try (LedgerStore ledger = open(ids)) {
            assertEquals(0, pass(ledger, ids, source));
        }
    }

    private static byte[] synthetic(long number) {
        SplittableRandom random = new SplittableRandom(number);
        ByteBuffer id = ByteBuffer.allocate(32).putLong(number);
        return id.putLong(random.nextLong()).putLong(random.nextLong()).putLong(1).array();
    }

    @Test
    void shouldTakeTwentyThousandRealIdsOnce() throws IOException {
        Path file =
                Path.of(
                        System.getProperty("varve.root"),
                        "..", "shared", "data", "real-tx-ids-20000.bin");
        Assumptions.assumeTrue(Files.exists(file), "there is no file of real ids");
        byte[] all = Files.readAllBytes(file);
        assertInOnce(
                all.length / 32,
                i -> Arrays.copyOfRange(all, (int) i * 32, (int) i * 32 + 32));
    }

    @Test
    void shouldTakeTenMillionIdsOnce() {
        assertInOnce(10_000_000, TwoPassTest::synthetic);
    }
}
