package dev.varve.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.engine.dedup.Reservation;
import dev.varve.logstore.Durability;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stage with a deduplicated table: ids come in by reservations, with the step or not at all. */
final class ReservedIdsTest {

    private static final TableSpec IDS = TableSpec.deduplicated("toy.ids");
    private static final TableSpec OTHERS = TableSpec.deduplicated("toy.others");
    private static final int ITEMS = 6;

    private final LedgerStore ledger =
            LedgerStore.over(new SimDisk())
                    .expectedIds(200)
                    .durability(Durability.NONE)
                    .open();
    private final DuplicateGate gate = ledger.gate(IDS);

    @AfterEach
    void closeLedger() {
        ledger.close();
    }

    private static byte[] id(long height) {
        return Toys.id(height).bytes();
    }

    private static Reservation reserve(DuplicateGate gate, HeightRange range) {
        try (IdRequest request = gate.newRequest(ITEMS)) {
            for (long height = range.from(); height < range.to(); height++) {
                request.put(id(height), height, Toys.bytes(height));
            }
            return gate.reserve(request);
        }
    }

    private Pipeline pipeline(
            int tipGap, BiFunction<StepContext, HeightRange, StepResult> script) {
        StageSpec spec = StageSpec.named("ids").owns(IDS).build();
        return Pipeline.over(ledger.log())
                .stage(ScriptedStage.of(spec, script))
                .options(
                        PipelineOptions.defaults()
                                .withLimits(StepLimits.defaults().withMaxItems(4))
                                .withTipGap(tipGap))
                .build();
    }

    private void assertFree(DuplicateGate owner, long height) {
        assertFalse(owner.exists(MemorySegment.ofArray(id(height))));
        Reservation reservation = reserve(owner, new HeightRange(height, height + 1));
        assertEquals(1, reservation.count());
        reservation.giveUp();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void shouldCommitReservedIdsWithTheStepThatAddsThem(int tipGap) {
        try (Pipeline pipeline =
                pipeline(
                        tipGap,
                        (context, range) -> {
                            assertNull(context.get(IDS, id(range.from())));
                            context.add(reserve(gate, range));
                            byte[] read = context.get(IDS, id(range.from()));
                            assertArrayEquals(Toys.bytes(range.from()), read);
                            return new StepResult.Done(range.to());
                        })) {
            pipeline.run(Toys.chain(ITEMS));
        }
        for (long height = 0; height < ITEMS; height++) {
            assertTrue(gate.exists(MemorySegment.ofArray(id(height))));
        }
        try (IdRequest request = gate.newRequest(1)) {
            request.put(id(ITEMS), 0, new byte[0]);
            gate.addAllIfAbsent(request);
            assertEquals(Answer.ADDED, request.answer(0));
        }
        assertEquals(ITEMS + 1, gate.stats().reserved());
    }

    @Test
    void shouldFreeTheIdsWhenTheStepIsDropped() {
        try (Pipeline pipeline =
                pipeline(
                        0,
                        (context, range) -> {
                            context.add(reserve(gate, range));
                            throw new UnsupportedOperationException("of the stage");
                        })) {
            assertThrows(
                    UnsupportedOperationException.class, () -> pipeline.run(Toys.chain(ITEMS)));
        }
        assertFree(gate, 0);
    }

    /** An id that no gate knows of would be let in once more. */
    @Test
    void shouldRefuseToWriteADeduplicatedTableWithoutAReservation() {
        try (Pipeline pipeline =
                pipeline(
                        0,
                        (context, range) -> {
                            assertThrows(
                                    IllegalArgumentException.class,
                                    () -> context.put(IDS, 0, id(0), id(0)));
                            assertThrows(
                                    IllegalArgumentException.class,
                                    () -> context.delete(IDS, 0, id(0)));
                            return new StepResult.Done(range.to());
                        })) {
            pipeline.run(Toys.chain(1));
        }
        assertFree(gate, 0);
    }

    @Test
    void shouldFreeTheIdsWhenTheirTableOrHeightIsNotTheSteps() {
        DuplicateGate others = ledger.gate(OTHERS);
        StepContext[] ended = new StepContext[1];
        try (Pipeline pipeline =
                pipeline(
                        0,
                        (context, range) -> {
                            ended[0] = context;
                            assertRefused(context, reserve(others, range));
                            assertRefused(context, reserve(gate, new HeightRange(1, 6)));
                            return new StepResult.Done(range.to());
                        })) {
            pipeline.run(Toys.chain(2));
        }
        Reservation late = reserve(gate, new HeightRange(0, 1));
        assertThrows(IllegalStateException.class, () -> ended[0].add(late));
        assertTrue(late.isSettled());
        for (long height = 0; height < ITEMS; height++) {
            assertFree(gate, height);
            assertFree(others, height);
        }
    }

    private static void assertRefused(StepContext context, Reservation reservation) {
        assertThrows(IllegalArgumentException.class, () -> context.add(reservation));
        assertTrue(reservation.isSettled());
    }
}
