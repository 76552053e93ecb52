package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.IdHash;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.logstore.Batch;
import dev.varve.logstore.Durability;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power at the calls of a ledger's life, over log, gate and the checkpoints of its filter,
 * and looks at what comes back: an id that was answered as added or as a duplicate is there, no id
 * is there twice, and the filter calls none absent that is there.
 */
final class LedgerStoreCrashTest {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final int IDS = 600;
    private static final int ROUNDS = 40;

    /** One life up to the power cut, and what it was told. */
    private static final class Life {

        private final SimDisk disk;
        private final Random random;

        /** Ids of which an answer said that they are there, durably. */
        private final BitSet told = new BitSet();

        Life(SimDisk disk, long seed) {
            this.disk = disk;
            this.random = new Random(seed);
        }

        void run() {
            LedgerStore ledger = null;
            try {
                ledger = open(disk);
                work(ledger);
                ledger.close();
                // Reopened in place: a filter that was closed in order is changed again.
                ledger = null;
            } catch (SimPowerCut e) {
                assertTrue(e.getMessage() != null);
            }
            if (ledger != null) {
                closeDead(ledger);
            }
        }

        private void work(LedgerStore ledger) {
            DuplicateGate gate = ledger.gate(TX);
            for (int round = 0; round < ROUNDS; round++) {
                switch (round % 4) {
                    case 0, 2 -> add(gate);
                    case 1 -> reserve(ledger, gate, round % 8 == 1);
                    default -> {
                        if (round % 8 == 3) {
                            ledger.checkpoint();
                        } else {
                            grow(ledger, round);
                        }
                    }
                }
            }
        }

        /** Moves some of the shards, so that checkpoints meet shards of different lines. */
        private void grow(LedgerStore ledger, int round) {
            Objects.requireNonNull(ledger.filter()).growTo(8L * IDS * round);
            for (int i = 0; i < 10; i++) {
                ledger.maintain();
            }
        }

        private void add(DuplicateGate gate) {
            try (IdRequest request = request(gate)) {
                gate.addAllIfAbsent(request);
                for (int i = 0; i < request.size(); i++) {
                    told.set(number(request.id(i)));
                }
            }
        }

        private void reserve(LedgerStore ledger, DuplicateGate gate, boolean commit) {
            try (Batch batch = ledger.newBatch();
                    IdRequest request = request(gate)) {
                gate.reserve(request, batch);
                BitSet won = new BitSet();
                for (int i = 0; i < request.size(); i++) {
                    boolean mine = request.answer(i) == Answer.RESERVED;
                    (mine ? won : told).set(number(request.id(i)));
                }
                told.andNot(won);
                if (commit) {
                    ledger.commit(batch).awaitDurable();
                    told.or(won);
                } else {
                    batch.clear();
                }
            }
        }

        private IdRequest request(DuplicateGate gate) {
            IdRequest request = gate.newRequest(20);
            for (int i = 0; i < 20; i++) {
                int number = random.nextInt(IDS);
                request.put(LedgerStoreTest.id(number), number, new byte[8]);
            }
            return request;
        }
    }

    private static int number(MemorySegment id) {
        return (int)
                id.get(
                        java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
                                java.nio.ByteOrder.BIG_ENDIAN),
                        8);
    }

    private static LedgerStore open(SimDisk disk) {
        return LedgerStore.over(disk)
                .expectedIds(IDS)
                .segmentBytes(64 << 10)
                .durability(Durability.NONE)
                .filterBytesPerSecond(Long.MAX_VALUE)
                .growthBytes(64 << 10)
                .secrets(new SplittableRandom(5)::nextLong)
                .open();
    }

    /** Frees the memory; the disk is gone. */
    private static void closeDead(LedgerStore ledger) {
        try {
            ledger.close();
        } catch (SimPowerCut e) {
            assertTrue(e.getMessage() != null);
        }
    }

    private static void assertNothingLost(Life life, SimDisk found) {
        LedgerStore ledger = open(found);
        try {
            DuplicateGate gate = ledger.gate(TX);
            int[] copies = copies(ledger);
            assertTrue(Arrays.stream(copies).allMatch(n -> n <= 1), "an id is there twice");
            assertFilterHolds(ledger, copies);
            for (int i = life.told.nextSetBit(0); i >= 0; i = life.told.nextSetBit(i + 1)) {
                assertEquals(1, copies[i], "id " + i + " was acknowledged and is lost");
            }
            try (IdRequest request = gate.newRequest(IDS)) {
                for (int i = 0; i < IDS; i++) {
                    request.put(LedgerStoreTest.id(i), i, new byte[8]);
                }
                gate.addAllIfAbsent(request);
                for (int i = 0; i < IDS; i++) {
                    Answer expected = copies[i] == 1 ? Answer.DUPLICATE : Answer.ADDED;
                    assertEquals(expected, request.answer(i), "id " + i);
                }
            }
        } finally {
            ledger.close();
        }
    }

    private static int[] copies(LedgerStore ledger) {
        int[] copies = new int[IDS];
        Table table = ledger.table(TX);
        ledger.log()
                .replay(
                        0,
                        record -> {
                            if (record.table() == table.id()) {
                                copies[number(record.key())]++;
                            }
                        });
        return copies;
    }

    /** As the gate asks it: a false "absent" would let an id in twice. */
    private static void assertFilterHolds(LedgerStore ledger, int[] copies) {
        BloomFilter filter = Objects.requireNonNull(ledger.filter()).filter();
        IdHash hash = filter.hash();
        long bits = ledger.table(TX).id() * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < IDS; i++) {
            MemorySegment id = MemorySegment.ofArray(LedgerStoreTest.id(i));
            if (copies[i] > 0) {
                assertTrue(
                        filter.mayContainHash(hash.high(id, 0, 16) ^ bits, hash.low(id, 0, 16)),
                        "a false negative: id " + i);
            }
        }
    }

    private static void crashAt(long call, CrashModel model) {
        SimDisk disk = new SimDisk();
        disk.crashAt(call);
        Life life = new Life(disk, 1);
        life.run();
        try {
            assertNothingLost(life, disk.crash(model, call));
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("crash at call " + call + ", " + model, e);
        }
    }

    private static long calls() {
        Life life = new Life(new SimDisk(), 1);
        life.run();
        assertTrue(life.disk.calls() > 4_000, "calls: " + life.disk.calls());
        return life.disk.calls();
    }

    private static void crash(int points) {
        long calls = calls();
        CrashModel[] models = CrashModel.values();
        for (int point = 0; point < points; point++) {
            // A shard's checkpoint takes six calls, or three where it is written over.
            crashAt(1 + point * calls / points, models[point % models.length]);
        }
    }

    @Test
    void shouldLoseNoIdAndLetNoneInTwiceWhenThePowerFails() {
        crash(60);
    }

    @Test
    @Tag("nightly")
    void shouldLoseNoIdAndLetNoneInTwiceWhenThePowerFailsAtAThousandMoments() {
        crash(1_999);
    }
}
