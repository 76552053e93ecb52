package dev.varve.engine.dedup;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lets Lincheck run the gate through the interleavings of two threads, and compare each with every
 * order in which a set could have answered the same. The log and the filter count as atomic: they
 * have tests of their own; what is looked at is the gate between them.
 *
 * <p>Lincheck loads an agent into the running JVM; so these tests run in one of their own.
 */
@Tag("lincheck")
final class DuplicateGateLincheckTest {

    private static final int SOME = 2;
    private static final int MANY = 8;

    @Test
    void shouldBeLinearizablePerId() {
        checkPerId(SOME);
    }

    @Test
    void shouldNotDeadlockOverTwoIds() {
        checkCrossing(SOME);
    }

    @Tag("nightly")
    @Test
    void shouldBeLinearizablePerIdInManyScenarios() {
        checkPerId(MANY);
    }

    @Tag("nightly")
    @Test
    void shouldNotDeadlockOverTwoIdsInManyScenarios() {
        checkCrossing(MANY);
    }

    private static void checkPerId(int iterations) {
        options(iterations).sequentialSpecification(OneId.Twin.class).check(OneId.class);
    }

    /** Two ids at once are not linearizable; but every request must end. */
    private static void checkCrossing(int iterations) {
        options(iterations).sequentialSpecification(Crossing.Twin.class).check(Crossing.class);
    }

    private static ModelCheckingOptions options(int iterations) {
        return new ModelCheckingOptions()
                // Each invocation leaves about a megabyte behind: Lincheck knows no end of one.
                .iterations(iterations)
                .invocationsPerIteration(120)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(1)
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(
                                        DuplicateGateLincheckTest::isAtomic)
                                .allMethods()
                                .treatAsAtomic());
    }

    /** Store and batch call the gate back: Lincheck must see how that wakes up who waits. */
    private static boolean isAtomic(String type) {
        return type.startsWith("dev.varve.bloom.")
                || type.startsWith("dev.varve.logstore.")
                        && !type.startsWith(LogStore.class.getName())
                        && !type.startsWith(Batch.class.getName());
    }

    /** Additions, questions and reservations that are given up, of single ids. */
    @Param(name = "id", gen = IntGen.class, conf = "1:2")
    public static final class OneId {

        private final DuplicateGate gate = Gates.open(LogOptions.bulk()).gate();

        @Operation
        public boolean add(@Param(name = "id") int id) {
            try (IdRequest request = Gates.request(gate, id)) {
                gate.addAllIfAbsent(request);
                return request.answer(0) == Answer.ADDED;
            }
        }

        @Operation
        public boolean exists(@Param(name = "id") int id) {
            return gate.exists(MemorySegment.ofArray(Gates.id(id)));
        }

        @Operation
        public void giveUp(@Param(name = "id") int id) {
            try (IdRequest request = Gates.request(gate, id)) {
                gate.reserve(request).giveUp();
            }
        }

        /** What one thread would see. */
        public static final class Twin {

            private final Set<Integer> ids = new HashSet<>();

            public boolean add(int id) {
                return ids.add(id);
            }

            public boolean exists(int id) {
                return ids.contains(id);
            }

            public void giveUp(int id) {
                // Nothing is changed.
            }
        }
    }

    /** Requests of {1, 2} and {2, 1}. */
    @Param(name = "first", gen = IntGen.class, conf = "1:2")
    public static final class Crossing {

        private final DuplicateGate gate = Gates.open(LogOptions.bulk()).gate();

        /** Whether both ids were answered. */
        @Operation
        public boolean addBoth(@Param(name = "first") int first) {
            try (IdRequest request = Gates.request(gate, first, 3 - first)) {
                gate.addAllIfAbsent(request);
                return request.count(Answer.ADDED) + request.count(Answer.DUPLICATE) == 2;
            }
        }

        /** Every request ends, with two answers. */
        public static final class Twin {

            public boolean addBoth(int first) {
                return true;
            }
        }
    }
}
