package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.PlantedSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.HashSet;
import java.util.Set;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets Lincheck run additions and questions of ids that share a line, and a stripe of locks,
 * through the interleavings of two threads, and compare each with every order in which a set could
 * have answered the same: an id that was added is never absent, and one thread is told that it was.
 *
 * <p>Lincheck sees the locks and the fields, but not the memory outside the heap, and cannot follow
 * the handle by which words of a line are read. So reading a word counts as one step, and setting a
 * bit of one, between which threads may change. What it cannot see is a bit that is lost within one
 * word, and an access that takes effect later than those behind it, for schedules are sequentially
 * consistent: those are what {@code BloomFilterStressTest} is for. Making the filter counts as
 * nothing.
 *
 * <p>Lincheck loads an agent into the running JVM; so these tests run in one of their own.
 */
@Tag("lincheck")
final class BloomFilterLincheckTest {

    private static final PlantedSource SOURCE =
            new PlantedSource(
                    "bloom/src/main/java/dev/varve/bloom/BloomFilter.java",
                    "bloom/src/main/java/dev/varve/bloom/LockStripes.java",
                    "bloom/src/test/java/dev/varve/bloom/BloomFilterLincheckTest.java");

    @Test
    void shouldBeLinearizableWhenIdsShareALine() {
        options(5, 150).check(Ids.class);
    }

    @Tag("nightly")
    @Test
    void shouldBeLinearizableOverManySchedulesWhenIdsShareALine() {
        options(60, 2_000).actorsPerThread(3).check(Ids.class);
    }

    @ParameterizedTest
    @EnumSource
    void shouldCatch(Bug bug) {
        Class<?> ids =
                SOURCE.plant(
                        MethodHandles.lookup(), "With" + bug, bug.right, bug.wrong, Ids.class);
        ModelCheckingOptions options = options(50, 200).minimizeFailedScenario(false);
        LincheckAssertionError caught =
                assertThrows(LincheckAssertionError.class, () -> options.check(ids));
        // And not that Lincheck itself has failed, which is told by the same error.
        assertTrue(caught.toString().contains("Invalid execution results"), caught::toString);
    }

    enum Bug {
        NO_LOCK(
                "int marks = locks.lock(stripe);\n        try {\n            boolean changed",
                "int marks = 0;\n        try {\n            boolean changed"),
        LOCK_THAT_TWO_MAY_TAKE(
                "&& STATE.compareAndSet(states, stripe, marks, (byte) (marks | HELD))) {",
                ") { STATE.setRelease(states, stripe, (byte) (marks | HELD));"),
        UNLOCKED_BEFORE_THE_BITS_ARE_SET(
                "boolean changed = map.set(high, low);",
                "locks.unlock(stripe, marks); boolean changed = map.set(high, low);"),
        ABSENT_WITHOUT_LOCK(
                "return set(high, low) && known;",
                "boolean was = map.mayContain(high, low); set(high, low); return known && !was;");

        private final String right;
        private final String wrong;

        Bug(String right, String wrong) {
            this.right = right;
            this.wrong = wrong;
        }
    }

    private static ModelCheckingOptions options(int iterations, int invocations) {
        return new ModelCheckingOptions()
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(2)
                .sequentialSpecification(Twin.class)
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(type -> type.endsWith("$Fresh"))
                                .allMethods()
                                .ignore())
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(LineProbe.class.getName())
                                .methods("setBit", "word")
                                .treatAsAtomic());
    }

    /** Makes filters. */
    static final class Fresh {

        private Fresh() {}

        static BloomFilter filter() {
            BloomGeometry geometry =
                    new BloomGeometry(
                            BloomGeometry.STRIPES_PER_SHARD, LineProbe.MIN_WORDS_PER_ID, 1);
            MemorySegment lines = MemorySegment.ofArray(new long[(int) geometry.totalLength() / 8]);
            IdHash hash = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
            return BloomFilter.over(lines, geometry, hash, Arena.ofAuto()).allLoaded();
        }
    }

    /** Ids of one line, each with a bit of its own in the same five words. */
    @Param(name = "id", gen = IntGen.class, conf = "1:2")
    public static final class Ids {

        private static final long ONCE_IN_EACH_WORD = 1 | 1 << 6 | 1 << 12 | 1 << 18 | 1 << 24;

        private final BloomFilter filter = Fresh.filter();

        @Operation
        public void add(@Param(name = "id") int id) {
            filter.addHash(0, id * ONCE_IN_EACH_WORD);
        }

        @Operation
        public boolean addIfAbsent(@Param(name = "id") int id) {
            return filter.addHashIfAbsent(0, id * ONCE_IN_EACH_WORD);
        }

        @Operation
        public boolean mayContain(@Param(name = "id") int id) {
            return filter.mayContainHash(0, id * ONCE_IN_EACH_WORD);
        }
    }

    /** A set of ids. */
    public static final class Twin {

        private final Set<Integer> ids = new HashSet<>();

        public void add(int id) {
            ids.add(id);
        }

        public boolean addIfAbsent(int id) {
            return ids.add(id);
        }

        public boolean mayContain(int id) {
            return ids.contains(id);
        }
    }
}
