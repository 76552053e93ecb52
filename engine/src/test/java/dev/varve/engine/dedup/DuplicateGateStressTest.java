package dev.varve.engine.dedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.BloomGeometry;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads that add the same ids: one winner each, and nobody waits for ever. */
@Timeout(120)
final class DuplicateGateStressTest {

    private static final int THREADS = 4;

    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void together(Work work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Object>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                calls.add(
                        () -> {
                            start.await();
                            work.run(thread);
                            return thread;
                        });
            }
            for (Future<Object> result : pool.invokeAll(calls, 100, TimeUnit.SECONDS)) {
                result.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            pool.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GROUP", "NONE"})
    void shouldLetEveryIdInOnceWhenAllThreadsAddTheSame(String durability) throws Exception {
        int ids = 20_000;
        LogOptions options =
                durability.equals("GROUP") ? LogOptions.defaults() : LogOptions.bulk();
        AtomicIntegerArray winners = new AtomicIntegerArray(ids);
        try (Gates gates = Gates.open(options, new BloomGeometry(16, 5, 1))) {
            DuplicateGate gate = gates.gate();
            together(
                    thread -> {
                        try (IdRequest request = gate.newRequest(64)) {
                            for (int from = 0; from < ids; ) {
                                int count = Math.min(ids - from, 1 + (from * 7 + thread) % 64);
                                fill(request, from, count);
                                gate.addAllIfAbsent(request);
                                for (int i = 0; i < count; i++) {
                                    count(request, i, from + i, winners);
                                }
                                from += count;
                            }
                        }
                    });
            for (int i = 0; i < ids; i++) {
                assertEquals(1, winners.get(i), "winners of id " + i);
                assertTrue(gate.exists(MemorySegment.ofArray(Gates.id(i))));
            }
            assertEquals(0, gate.pending());
            assertEquals(ids, gate.stats().reserved());
            long[] records = {0};
            gates.store().replay(0, r -> records[0] += r.table() == gate.table().id() ? 1 : 0);
            assertEquals(ids, records[0], "no id twice in the log");
        }
    }

    private static void fill(IdRequest request, int from, int count) {
        request.clear();
        for (int i = 0; i < count; i++) {
            request.put(Gates.id(from + i), from + i, Gates.value(i));
        }
    }

    /** The classic circle: x then y against y then x, thousands of times. */
    @Test
    void shouldNotWaitInACircleWhenRequestsCross() throws Exception {
        int pairs = 3_000;
        AtomicIntegerArray winners = new AtomicIntegerArray(2 * pairs);
        try (Gates gates = Gates.open(LogOptions.defaults())) {
            together(
                    thread -> {
                        try (IdRequest request = gates.gate().newRequest(2)) {
                            for (int pair = 0; pair < pairs; pair++) {
                                long first = 2L * pair + (thread & 1);
                                long second = first ^ 1;
                                request.clear();
                                request.put(Gates.id(first), 0, Gates.value(thread));
                                request.put(Gates.id(second), 0, Gates.value(thread));
                                gates.gate().addAllIfAbsent(request);
                                count(request, 0, (int) first, winners);
                                count(request, 1, (int) second, winners);
                            }
                        }
                    });
            for (int i = 0; i < 2 * pairs; i++) {
                assertEquals(1, winners.get(i), "winners of id " + i);
            }
        }
    }

    private static void count(
            IdRequest request, int index, int number, AtomicIntegerArray winners) {
        if (request.answer(index) == Answer.ADDED) {
            winners.incrementAndGet(number);
        } else {
            assertEquals(Answer.DUPLICATE, request.answer(index));
        }
    }

    /** Adders wait for reservations that commit or are given up, at random. */
    @Test
    void shouldHandOnAnIdWhenItsReservationIsGivenUp() throws Exception {
        int ids = 2_000;
        AtomicIntegerArray winners = new AtomicIntegerArray(ids);
        try (Gates gates = Gates.open(LogOptions.bulk())) {
            together(
                    thread -> {
                        Random random = new Random(thread);
                        try (Batch batch = gates.store().newBatch();
                                IdRequest request = gates.gate().newRequest(1)) {
                            for (int i = 0; i < ids; i++) {
                                request.clear().put(Gates.id(i), 0, Gates.value(thread));
                                if (thread % 2 == 0) {
                                    gates.gate().addAllIfAbsent(request);
                                    count(request, 0, i, winners);
                                } else if (reserve(gates, request, batch, random.nextBoolean())) {
                                    winners.incrementAndGet(i);
                                }
                            }
                        }
                    });
            for (int i = 0; i < ids; i++) {
                assertEquals(1, winners.get(i), "winners of id " + i);
            }
            assertEquals(0, gates.gate().pending());
        }
    }

    /** Whether the id was won. */
    private static boolean reserve(
            Gates gates, IdRequest request, Batch batch, boolean giveUp) {
        gates.gate().reserve(request, batch.clear());
        boolean won = request.answer(0) == Answer.RESERVED && !giveUp;
        if (won) {
            gates.store().commit(batch);
        } else {
            batch.clear();
        }
        return won;
    }
}
