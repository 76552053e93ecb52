package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lets Lincheck run the stripe table with its versions, the status words, and the workers' own
 * queues through the interleavings of two threads, and compare each with every order in which a
 * map could have answered the same; of the queues, that each transaction is handed out once.
 *
 * <p>Lincheck loads an agent into the running JVM; so these tests run in one of their own: some
 * scenarios each in every build, more by night.
 */
@Tag("lincheck")
final class SharedPartsLincheckTest {

    private static final int SOME = 4;
    private static final int MANY = 20;

    @Test
    void shouldBeLinearizableWhenVersionsOfOneStripeChange() {
        checkVersions(SOME);
    }

    @Test
    void shouldBeLinearizableWhenStatusWordsChange() {
        checkWords(SOME);
    }

    @Test
    void shouldHandOutEachTransactionOnceWhenOthersSteal() {
        checkQueues(SOME);
    }

    @Test
    @Tag("nightly")
    void shouldBeLinearizableInManyScenarios() {
        checkVersions(MANY);
        checkWords(MANY);
        checkQueues(MANY);
    }

    private static void checkVersions(int scenarios) {
        options(scenarios)
                .sequentialSpecification(Versions.Twin.class)
                .check(Versions.class);
    }

    private static void checkWords(int scenarios) {
        options(scenarios).sequentialSpecification(Words.Twin.class).check(Words.class);
    }

    private static void checkQueues(int scenarios) {
        // A look at all slots is no moment: that a queue is empty may be true of none.
        options(scenarios).verifier(EpsilonVerifier.class).check(Queues.class);
    }

    private static ModelCheckingOptions options(int scenarios) {
        return new ModelCheckingOptions()
                .iterations(scenarios)
                .invocationsPerIteration(400)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(1)
                // Their view of bytes as a long is what this Lincheck cannot follow.
                .addGuarantee(
                        ManagedStrategyGuaranteeKt.forClasses(Counters.class.getName())
                                .allMethods()
                                .treatAsAtomic());
    }

    /**
     * Two keys of one stripe with equal hashes. The transaction of a thread has the thread's number
     * and writes one key at a time, as an execution with one write would: what it has written to
     * the two keys are entries of their own.
     */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "number", gen = IntGen.class, conf = "1:3")
    public static final class Versions {

        private static final int THREADS = 5;
        private static final int KEYS = 2;
        private static final int READER = 100;

        private final VersionStore store = new VersionStore(1);
        private final List<VersionStore.Pool> pools = new ArrayList<>();
        private final TxSlot[][] slots = new TxSlot[THREADS][KEYS];

        /** An empty block. */
        public Versions() {
            for (int thread = 0; thread < THREADS; thread++) {
                pools.add(new VersionStore.Pool());
                for (int key = 0; key < KEYS; key++) {
                    slots[thread][key] = new TxSlot();
                }
            }
            store.begin(pools);
        }

        @Operation
        public void set(
                @Param(name = "thread") int thread,
                @Param(name = "key") int key,
                @Param(name = "number") int number) {
            opened(thread, key).set(Counters.encode(number));
            publish(thread, key, true);
        }

        @Operation
        public void add(
                @Param(name = "thread") int thread,
                @Param(name = "key") int key,
                @Param(name = "number") int number) {
            Access access = opened(thread, key);
            access.beginAdding();
            access.accumulate(number, Long.MIN_VALUE, Long.MAX_VALUE);
            publish(thread, key, true);
        }

        /** The next execution of the transaction fails: what the last one wrote is removed. */
        @Operation
        public void retract(
                @Param(name = "thread") int thread, @Param(name = "key") int key) {
            slots[thread][key].log.clear();
            publish(thread, key, false);
        }

        @Operation
        public void estimate(
                @Param(name = "thread") int thread, @Param(name = "key") int key) {
            store.estimate(thread, slots[thread][key]);
        }

        /** What a transaction above all others would read: a number, or whose redoing it awaits. */
        @Operation
        public String read(@Param(name = "thread") int thread, @Param(name = "key") int key) {
            VersionedCell cell = cell(thread, key);
            cell.valueOr(name -> Counters.encode(0));
            Resolution found = new Resolution();
            store.resolve(cell, READER, found);
            return found.isEstimate()
                    ? "awaits " + found.writer()
                    : "" + Counters.decode(found.value());
        }

        private Access opened(int thread, int key) {
            TxSlot slot = slots[thread][key];
            slot.log.clear();
            return slot.log.append(cell(thread, key));
        }

        private void publish(int thread, int key, boolean succeeded) {
            TxSlot slot = slots[thread][key];
            slot.incarnation++;
            slot.succeeded = succeeded;
            store.publish(thread, slot, 0);
        }

        private VersionedCell cell(int thread, int key) {
            return store.cell(new byte[] {(byte) key}, 7, pools.get(thread));
        }

        /** A map of versions for each key. */
        public static final class Twin {

            private final List<TreeMap<Integer, Entry>> keys =
                    List.of(new TreeMap<>(), new TreeMap<>());

            private record Entry(Kind kind, int number) {}

            private enum Kind {
                VALUE,
                SUM,
                ESTIMATE
            }

            public void set(int thread, int key, int number) {
                keys.get(key).put(thread, new Entry(Kind.VALUE, number));
            }

            public void add(int thread, int key, int number) {
                keys.get(key).put(thread, new Entry(Kind.SUM, number));
            }

            public void retract(int thread, int key) {
                keys.get(key).remove(thread);
            }

            public void estimate(int thread, int key) {
                keys.get(key).computeIfPresent(thread, (same, old) -> new Entry(Kind.ESTIMATE, 0));
            }

            public String read(int thread, int key) {
                int sum = 0;
                for (var entry : keys.get(key).descendingMap().entrySet()) {
                    Entry found = entry.getValue();
                    if (found.kind() == Kind.ESTIMATE) {
                        return "awaits " + entry.getKey();
                    }
                    sum += found.number();
                    if (found.kind() == Kind.VALUE) {
                        break;
                    }
                }
                return "" + sum;
            }
        }
    }

    /** Each thread adds to its own queue, and takes from all; the rest is taken at the end. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    public static final class Queues {

        private static final int THREADS = 5;
        private static final int MOST = 8;

        private final LocalQueues queues = new LocalQueues(THREADS);
        private final int[] added = new int[THREADS];
        private final AtomicIntegerArray taken = new AtomicIntegerArray(THREADS * MOST);

        /** One transaction in each queue. */
        public Queues() {
            for (int thread = 0; thread < THREADS; thread++) {
                add(thread);
            }
        }

        @Operation
        public void add(@Param(name = "thread") int thread) {
            if (queues.add(thread, thread * MOST + added[thread])) {
                added[thread]++;
            }
        }

        @Operation
        public int poll(@Param(name = "thread") int thread) {
            return note(queues.poll(thread));
        }

        @Operation
        public int steal(@Param(name = "thread") int thread) {
            return note(queues.steal(thread));
        }

        /** After each scenario. */
        @Validate
        public void eachIsHandedOutOnce() {
            for (int thread = 0; thread < THREADS; thread++) {
                while (poll(thread) != OrderedPlan.NONE) {}
                for (int i = 0; i < MOST; i++) {
                    int transaction = thread * MOST + i;
                    assertEquals(i < added[thread] ? 1 : 0, taken.get(transaction));
                }
            }
        }

        private int note(int transaction) {
            if (transaction != OrderedPlan.NONE) {
                taken.incrementAndGet(transaction);
            }
            return transaction;
        }
    }

    /** Transactions that threads take for themselves, give back or hand over to the next one. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "transaction", gen = IntGen.class, conf = "0:1")
    public static final class Words {

        private static final int THREADS = 5;
        private static final int WINDOW = 2;

        private final TxStates states = new TxStates(WINDOW);
        private final boolean[][] owns = new boolean[THREADS][WINDOW];

        /** Transactions 0 and 1 in the window, executed. */
        public Words() {
            states.set(0, TxStates.EXECUTED);
            states.set(1, TxStates.EXECUTED);
        }

        @Operation
        public boolean take(
                @Param(name = "thread") int thread,
                @Param(name = "transaction") int transaction) {
            if (owns[thread][transaction]
                    || !states.change(transaction, TxStates.EXECUTED, TxStates.CHECKING)) {
                return false;
            }
            owns[thread][transaction] = true;
            return true;
        }

        @Operation
        public void giveBack(
                @Param(name = "thread") int thread,
                @Param(name = "transaction") int transaction) {
            leave(thread, transaction, transaction, TxStates.EXECUTED);
        }

        /** Makes a transaction final, and gives its slot to the one a window later. */
        @Operation
        public void commit(
                @Param(name = "thread") int thread,
                @Param(name = "transaction") int transaction) {
            leave(thread, transaction, transaction + WINDOW, TxStates.EXECUTING);
        }

        /** The state of a transaction, or that its slot is another's. */
        @Operation
        public int state(@Param(name = "transaction") int transaction) {
            return states.get(transaction);
        }

        private void leave(int thread, int transaction, int next, int state) {
            if (owns[thread][transaction]) {
                owns[thread][transaction] = false;
                states.set(next, state);
            }
        }

        /** The owner of each slot, and its state. */
        public static final class Twin {

            private static final int NOBODY = -1;

            private final int[] owners = {NOBODY, NOBODY};
            private final int[] states = {TxStates.EXECUTED, TxStates.EXECUTED};

            public boolean take(int thread, int transaction) {
                if (states[transaction] != TxStates.EXECUTED) {
                    return false;
                }
                states[transaction] = TxStates.CHECKING;
                owners[transaction] = thread;
                return true;
            }

            public void giveBack(int thread, int transaction) {
                leave(thread, transaction, TxStates.EXECUTED);
            }

            public void commit(int thread, int transaction) {
                leave(thread, transaction, TxStates.OTHER);
            }

            public int state(int transaction) {
                return states[transaction];
            }

            private void leave(int thread, int transaction, int state) {
                if (owners[transaction] == thread) {
                    owners[transaction] = NOBODY;
                    states[transaction] = state;
                }
            }
        }
    }
}
