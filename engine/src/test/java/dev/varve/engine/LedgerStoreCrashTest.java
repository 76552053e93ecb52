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
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StoragePoisonedException;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Cuts the power at the calls of a ledger's life, over log, gates and the checkpoints of their
 * filter, and looks at what comes back: an id that was answered as added or as a duplicate is
 * there, no id is in a table twice, and the filter calls none absent that is there.
 */
final class LedgerStoreCrashTest {

    /** Both have the same ids: what is read of one table must not stand for the other. */
    private static final List<TableSpec> TABLES =
            List.of(TableSpec.deduplicated("tx"), TableSpec.deduplicated("other"));

    private static final int IDS = 600;

    /** With those that are added only behind the crash, of which no checkpoint can know. */
    private static final int ALL_IDS = 900;

    /** So long that some segments are sealed, of which there are columns of hashes then. */
    private static final byte[] VALUE = new byte[100];

    private static final int OPENINGS = 2;
    private static final int ROUNDS = 20;
    private static final int ADDERS = 2;

    /** So many calls at the begin and at the end of a step are all looked at. */
    private static final int EDGE = 24;

    /** A disk that outlives the ledgers on it, with its call numbers. */
    private static final class OneOpening extends ForwardingStorage {
        OneOpening(SimDisk disk) {
            super(disk);
        }

        @Override
        public void lock(String name) {}

        @Override
        public void close() {}
    }

    /** One life up to the power cut, and what it was told. */
    private static final class Life {

        private final SimDisk disk;
        private final Random random;

        /** Ids of which an answer said that they are there, durably; by table, guarded by this. */
        private final List<BitSet> told = TABLES.stream().map(table -> new BitSet()).toList();

        /** How many calls were made when a step began. */
        private final List<Long> steps = new ArrayList<>();

        Life(SimDisk disk, long seed) {
            this.disk = disk;
            this.random = new Random(seed);
        }

        void run() {
            LedgerStore ledger = null;
            try {
                for (int opening = 0; opening < OPENINGS; opening++) {
                    steps.add(disk.calls());
                    ledger = open(new OneOpening(disk));
                    work(ledger, opening * ROUNDS);
                    steps.add(disk.calls());
                    ledger.close();
                    // Reopened in place: a filter that was closed in order is changed again.
                    ledger = null;
                }
            } catch (SimPowerCut | StoragePoisonedException e) {
                requirePowerCut(e);
            }
            if (ledger != null) {
                closeDead(ledger);
            }
        }

        private void work(LedgerStore ledger, int firstRound) {
            TABLES.forEach(ledger::gate);
            for (int round = firstRound; round < firstRound + ROUNDS; round++) {
                steps.add(disk.calls());
                int table = random.nextInt(TABLES.size());
                switch (round % 4) {
                    case 0 -> addAtOnce(ledger, table);
                    case 2 -> add(ledger, table, random);
                    case 1 -> reserve(ledger, table, round % 8 == 1);
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

        /**
         * Moves some of the shards, so that checkpoints meet shards of different lines; to some
         * pages each, for memory that a whole filter takes is zeroed for every point.
         */
        private void grow(LedgerStore ledger, int round) {
            Objects.requireNonNull(ledger.filter()).growTo((round + 9L) * IDS / 2);
            for (int i = 0; i < 10; i++) {
                ledger.maintain();
            }
        }

        /** Several add to one table, some of the ids the same ones; who is cut off first tells. */
        private void addAtOnce(LedgerStore ledger, int table) {
            List<CompletableFuture<Void>> adders = new ArrayList<>();
            for (int adder = 0; adder < ADDERS; adder++) {
                Random own = new Random(random.nextLong());
                CompletableFuture<Void> done = new CompletableFuture<>();
                new Thread(
                                () -> {
                                    try {
                                        add(ledger, table, own);
                                        done.complete(null);
                                    } catch (Throwable t) {
                                        done.completeExceptionally(t);
                                    }
                                },
                                "adder-" + adder)
                        .start();
                adders.add(done);
            }
            try {
                CompletableFuture.allOf(adders.toArray(CompletableFuture[]::new)).join();
            } catch (CompletionException e) {
                requirePowerCut(e);
                throw new StoragePoisonedException("an adder was cut off", "", 0, e);
            }
        }

        private void add(LedgerStore ledger, int table, Random from) {
            DuplicateGate gate = ledger.gate(TABLES.get(table));
            try (IdRequest request = request(gate, from)) {
                gate.addAllIfAbsent(request);
                for (int i = 0; i < request.size(); i++) {
                    tell(table, number(request.id(i)));
                }
            }
        }

        private synchronized void tell(int table, int id) {
            told.get(table).set(id);
        }

        private void reserve(LedgerStore ledger, int table, boolean commit) {
            DuplicateGate gate = ledger.gate(TABLES.get(table));
            try (Batch batch = ledger.newBatch();
                    IdRequest request = request(gate, random)) {
                gate.reserve(request, batch);
                BitSet won = new BitSet();
                BitSet there = new BitSet();
                for (int i = 0; i < request.size(); i++) {
                    boolean mine = request.answer(i) == Answer.RESERVED;
                    (mine ? won : there).set(number(request.id(i)));
                }
                there.andNot(won);
                there.stream().forEach(id -> tell(table, id));
                if (commit) {
                    ledger.commit(batch).awaitDurable();
                    won.stream().forEach(id -> tell(table, id));
                } else {
                    batch.clear();
                }
            }
        }

        private static IdRequest request(DuplicateGate gate, Random from) {
            IdRequest request = gate.newRequest(20);
            for (int i = 0; i < 20; i++) {
                int number = from.nextInt(IDS);
                request.put(LedgerStoreTest.id(number), number, VALUE);
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

    private static LedgerStore open(Storage disk) {
        return LedgerStore.over(disk)
                .expectedIds(IDS)
                .segmentBytes(64 << 10)
                .durability(Durability.NONE)
                .filterBytesPerSecond(Long.MAX_VALUE)
                .growthBytes(1)
                .secrets(new SplittableRandom(5)::nextLong)
                .open();
    }

    /** Frees the memory; the disk is gone. */
    private static void closeDead(LedgerStore ledger) {
        try {
            ledger.close();
        } catch (SimPowerCut | StoragePoisonedException e) {
            requirePowerCut(e);
        }
    }

    /** The first who is cut off poisons the log for the others, and for closing. */
    private static void requirePowerCut(Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && !(cause instanceof SimPowerCut)) {
            cause = cause.getCause();
        }
        if (cause == null) {
            throw new AssertionError("not for the power cut", thrown);
        }
    }

    private static void assertNothingLost(Life life, SimDisk found) {
        LedgerStore ledger = open(found);
        try {
            for (int table = 0; table < TABLES.size(); table++) {
                assertNothingLost(ledger, TABLES.get(table), life.told.get(table));
            }
            assertHoldsAll(found.crash(CrashModel.KEEP_ALL, 0));
        } finally {
            ledger.close();
        }
    }

    /**
     * After a second crash, with nothing lost: what was added between the two may be at a position
     * that a checkpoint named before the first.
     */
    private static void assertHoldsAll(SimDisk found) {
        try (LedgerStore ledger = open(found)) {
            for (TableSpec table : TABLES) {
                int[] copies = copies(ledger, table);
                assertTrue(Arrays.stream(copies).allMatch(n -> n == 1), "each id is there once");
                assertFilterHolds(ledger, table, copies);
            }
        }
    }

    private static void assertNothingLost(LedgerStore ledger, TableSpec table, BitSet told) {
        DuplicateGate gate = ledger.gate(table);
        int[] copies = copies(ledger, table);
        assertTrue(Arrays.stream(copies).allMatch(n -> n <= 1), "an id is there twice");
        assertFilterHolds(ledger, table, copies);
        for (int i = told.nextSetBit(0); i >= 0; i = told.nextSetBit(i + 1)) {
            assertEquals(
                    1, copies[i], table.name() + ": id " + i + " was acknowledged and is lost");
        }
        try (IdRequest request = gate.newRequest(ALL_IDS)) {
            for (int i = 0; i < ALL_IDS; i++) {
                request.put(LedgerStoreTest.id(i), i, VALUE);
            }
            gate.addAllIfAbsent(request);
            for (int i = 0; i < ALL_IDS; i++) {
                Answer expected = copies[i] == 1 ? Answer.DUPLICATE : Answer.ADDED;
                assertEquals(expected, request.answer(i), table.name() + ": id " + i);
            }
        }
    }

    private static int[] copies(LedgerStore ledger, TableSpec spec) {
        int[] copies = new int[ALL_IDS];
        Table table = ledger.table(spec);
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
    private static void assertFilterHolds(LedgerStore ledger, TableSpec table, int[] copies) {
        BloomFilter filter = Objects.requireNonNull(ledger.filter()).filter();
        IdHash hash = filter.hash();
        long bits = ledger.table(table).id() * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < copies.length; i++) {
            MemorySegment id = MemorySegment.ofArray(LedgerStoreTest.id(i));
            if (copies[i] > 0) {
                assertTrue(
                        filter.mayContainHash(hash.high(id, 0, 16) ^ bits, hash.low(id, 0, 16)),
                        table.name() + ": a false negative: id " + i);
            }
        }
    }

    private static void crashAt(long call, CrashModel... models) {
        SimDisk disk = new SimDisk();
        disk.crashAt(call);
        Life life = new Life(disk, 1);
        life.run();
        for (CrashModel model : models) {
            try {
                assertNothingLost(life, disk.crash(model, call));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("crash at call " + call + ", " + model, e);
            }
        }
    }

    /** By turns, but each in its turn for every one of the calls that a shard's file takes. */
    private static CrashModel model(long call) {
        CrashModel[] models = CrashModel.values();
        return models[(int) ((call + call / models.length) % models.length)];
    }

    /** The calls of one life, by step. */
    private static List<long[]> steps() {
        Life life = new Life(new SimDisk(), 1);
        life.run();
        assertTrue(life.disk.calls() > 4_000, "calls: " + life.disk.calls());
        life.steps.add(life.disk.calls());
        List<long[]> steps = new ArrayList<>();
        for (int i = 1; i < life.steps.size(); i++) {
            long before = life.steps.get(i - 1);
            steps.add(LongStream.rangeClosed(before + 1, life.steps.get(i)).toArray());
        }
        return steps;
    }

    /**
     * All calls of short steps, the first and the last ones of long steps, and as many as are left
     * of those between, evenly: these write one shard after the other.
     */
    private static Set<Long> points(int count) {
        TreeSet<Long> points = new TreeSet<>();
        List<Long> others = new ArrayList<>();
        for (long[] step : steps()) {
            for (int i = 0; i < step.length; i++) {
                boolean atEdge = i < EDGE || i >= step.length - EDGE;
                (atEdge ? points : others).add(step[i]);
            }
        }
        int left = count - points.size();
        for (int i = 0; i < left; i++) {
            points.add(others.get((int) ((long) i * others.size() / left)));
        }
        return points;
    }

    @Test
    void shouldLoseNoIdAndLetNoneInTwiceWhenThePowerFailsAtAThousandMoments() {
        Set<Long> points = points(1_000);
        assertEquals(1_000, points.size());
        points.forEach(call -> crashAt(call, model(call)));
    }

    @Test
    @Tag("nightly")
    void shouldLoseNoIdAndLetNoneInTwiceWhenThePowerFailsAtAnyMoment() {
        for (long[] step : steps()) {
            for (long call : step) {
                crashAt(call, CrashModel.values());
            }
        }
    }
}
