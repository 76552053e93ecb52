package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Transactions that may start and that a worker keeps to itself for now: it has freed them, so what
 * they read is in its caches. Others take them when there is nothing else, so nobody waits for a
 * worker that is busy.
 *
 * <p>Assumes: {@link #begin} runs before the workers start; a worker keeps and takes its own only.
 *
 * <p>Guarantees: each transaction is taken once; who takes it sees what happened before it was
 * kept.
 *
 * <p>Progress: everything ends after a look at each slot, but for taking, which looks again when
 * another worker was faster.
 *
 * <p>Memory ordering: slots are filled and read sequentially consistently, as {@link IdleWorkers}
 * asks, and emptied by compare-and-set.
 */
final class Reserves {

    /** Transactions that a worker keeps at most: some more than it frees at once. */
    static final int ROOM = 4;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

    /** Slots of two workers are 128 bytes apart. */
    private static final int STRIDE = 32;

    /** Transaction plus one, or 0 if the slot is empty. */
    private final int[] slots;

    private final int workers;

    Reserves(int workers) {
        this.workers = workers;
        slots = new int[(workers + 2) * STRIDE];
    }

    void begin() {
        Arrays.fill(slots, 0);
    }

    /** Keeps a transaction; false if there is no room. */
    boolean keep(int worker, int transaction) {
        int first = first(worker);
        for (int i = first; i < first + ROOM; i++) {
            if ((int) SLOT.getOpaque(slots, i) == 0) {
                SLOT.setVolatile(slots, i, transaction + 1);
                return true;
            }
        }
        return false;
    }

    /** The lowest transaction that a worker has kept, or {@link OrderedPlan#NONE}. */
    int take(int worker) {
        int first = first(worker);
        while (true) {
            int at = 0;
            int lowest = Integer.MAX_VALUE;
            for (int i = first; i < first + ROOM; i++) {
                int kept = (int) SLOT.getVolatile(slots, i);
                if (kept != 0 && kept < lowest) {
                    lowest = kept;
                    at = i;
                }
            }
            if (at == 0) {
                return OrderedPlan.NONE;
            }
            if (SLOT.compareAndSet(slots, at, lowest, 0)) {
                return lowest - 1;
            }
        }
    }

    /** One that another worker has kept, or {@link OrderedPlan#NONE}. */
    int takeFromOthers(int worker) {
        for (int i = 1; i < workers; i++) {
            int taken = take((worker + i) % workers);
            if (taken != OrderedPlan.NONE) {
                return taken;
            }
        }
        return OrderedPlan.NONE;
    }

    /** Whether nobody has kept anything. */
    boolean isEmpty() {
        for (int worker = 0; worker < workers; worker++) {
            int first = first(worker);
            for (int i = first; i < first + ROOM; i++) {
                if ((int) SLOT.getVolatile(slots, i) != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int first(int worker) {
        return (worker + 1) * STRIDE;
    }
}
