package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.PlantedSource;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets Lincheck run two stripes of the index through the interleavings of two threads, while tables
 * grow into pages that others gave back and keys get chains, and compare each with every order in
 * which a map could have answered the same.
 *
 * <p>Lincheck sees the locks and the fields, but not the memory outside the heap. So each access to
 * a long of a page counts as one step, between which threads may change, and so does the copying of
 * a table, which nobody knows yet. What it cannot see is an access that takes effect later than
 * those behind it, as schedules are sequentially consistent: the fences are not looked at here, but
 * in {@code HotIndexModelTest} with its readers, on the processor that there is. Making and filling
 * an index counts as nothing.
 *
 * <p>Lincheck loads an agent into the running JVM; so these tests run in one of their own.
 */
@Tag("lincheck")
final class HotIndexLincheckTest {

    private static final PlantedSource SOURCE =
            new PlantedSource(
                    "logstore/log/src/main/java/dev/varve/logstore/HotIndex.java",
                    "logstore/log/src/main/java/dev/varve/logstore/HotPages.java",
                    "logstore/log/src/test/java/dev/varve/logstore/HotIndexLincheckTest.java");

    @Test
    void shouldBeLinearizableWhenTablesGrow() {
        options(4, 100).check(Growing.class);
    }

    @Test
    void shouldBeLinearizableWhenKeysGetChains() {
        options(4, 100).check(Chaining.class);
    }

    @Tag("nightly")
    @Test
    void shouldBeLinearizableOverManySchedulesWhenTablesGrow() {
        options(40, 1_000).actorsPerThread(3).check(Growing.class);
    }

    @Tag("nightly")
    @Test
    void shouldBeLinearizableOverManySchedulesWhenKeysGetChains() {
        options(40, 1_000).actorsPerThread(3).check(Chaining.class);
    }

    @ParameterizedTest
    @EnumSource
    void shouldCatch(Bug bug) {
        Class<?> keys =
                SOURCE.plant(
                        MethodHandles.lookup(), "With" + bug, bug.right, bug.wrong, bug.keys);
        ModelCheckingOptions options = options(50, 200).minimizeFailedScenario(false);
        LincheckAssertionError caught =
                assertThrows(LincheckAssertionError.class, () -> options.check(keys));
        // And not that Lincheck itself has failed, which is told by the same error.
        assertTrue(caught.toString().contains("Invalid execution results"), caught::toString);
    }

    enum Bug {
        NO_LOCK_OF_A_STRIPE(
                Growing.class,
                "synchronized (stripe) {\n            stripe.add",
                "{\n            stripe.add"),
        NO_LOOK_AT_THE_VERSION(
                Growing.class,
                "found != STALE && (int) VERSION.getOpaque(this) == before",
                "found != STALE"),
        TABLE_PUBLISHED_BEFORE_IT_IS_FULL(
                Growing.class,
                "copy(t, resized);\n            table = resized;",
                "table = resized;\n            copy(t, resized);"),
        NO_LOCK_OF_FREE_PAGES(Growing.class, "synchronized int take()", "int take()"),
        YOUNG_NODES_TAKEN_FOR_NONE(Chaining.class, "return STALE;", "return NONE;");

        private final Class<?> keys;
        private final String right;
        private final String wrong;

        Bug(Class<?> keys, String right, String wrong) {
            this.keys = keys;
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
                .actorsAfter(1)
                .sequentialSpecification(Twin.class)
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(type -> type.endsWith("$Filled"))
                                .allMethods()
                                .ignore())
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(type -> type.endsWith("$Stripe"))
                                .methods("copy")
                                .treatAsAtomic())
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(
                                        "java.lang.invoke.VarHandle",
                                        "java.lang.foreign.MemorySegment")
                                .allMethods()
                                .treatAsAtomic());
    }

    /** Makes indexes. */
    static final class Filled {

        private Filled() {}

        /** One version of as many keys in each stripe, among them all that are used. */
        static HotIndex index(int keys) {
            HotIndex index = new HotIndex(Arena.ofAuto());
            for (int stripe = 0; stripe < Keys.STRIPES; stripe++) {
                for (int key = 0; key < keys; key++) {
                    index.add(Keys.hash(key, stripe), Keys.UNIT);
                }
            }
            return index;
        }
    }

    /**
     * Each thread adds versions of its own key of each stripe, for those of one key come in their
     * order. Any thread looks for all versions of a key.
     */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "key", gen = IntGen.class, conf = "1:2")
    @Param(name = "stripe", gen = IntGen.class, conf = "0:1")
    public static class Keys {

        static final int THREADS = 4;
        static final int STRIPES = 2;
        static final long UNIT = 16;
        private static final long END = 1 << 20;

        private final HotIndex index;
        private final long[] added = new long[THREADS * STRIPES];

        Keys(int keys) {
            index = Filled.index(keys);
        }

        static long hash(int key, int stripe) {
            return (long) stripe << 56 | (long) key << 49;
        }

        @Operation
        public void add(@Param(name = "thread") int thread, @Param(name = "stripe") int stripe) {
            long earlier = 1 + added[thread * STRIPES + stripe]++;
            index.add(hash(thread, stripe), UNIT + earlier * UNIT);
        }

        /** Newest first. */
        @Operation
        public List<Long> versions(
                @Param(name = "key") int key, @Param(name = "stripe") int stripe) {
            List<Long> found = new ArrayList<>();
            long at = END;
            while ((at = index.findBelow(hash(key, stripe), at)) != HotIndex.NONE) {
                found.add(at);
            }
            return found;
        }
    }

    /** Both tables are as full as may be: each grows with the next addition. */
    public static final class Growing extends Keys {
        public Growing() {
            super(85);
        }
    }

    /** There is room for all; the second version of a key begins a chain. */
    public static final class Chaining extends Keys {
        public Chaining() {
            super(Keys.THREADS);
        }
    }

    /** How many versions of each key there are. */
    public static final class Twin {

        private final int[] added = new int[Keys.THREADS * Keys.STRIPES];

        public void add(int thread, int stripe) {
            added[thread * Keys.STRIPES + stripe]++;
        }

        public List<Long> versions(int key, int stripe) {
            List<Long> found = new ArrayList<>();
            for (int i = added[key * Keys.STRIPES + stripe]; i >= 0; i--) {
                found.add(Keys.UNIT + i * Keys.UNIT);
            }
            return found;
        }
    }
}
