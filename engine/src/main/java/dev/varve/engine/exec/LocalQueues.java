package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A short queue for each worker, of transactions that may start and that it has freed, so that what
 * they read is in its caches. Others steal them when there is nothing else (work stealing, as in
 * Blumofe and Leiserson, JACM 1999), so nobody waits for a worker that is busy.
 *
 * <p>Assumes: {@link #begin} runs before the workers start; a worker adds to its own queue only.
 *
 * <p>Guarantees: each transaction is taken once; who takes it sees what happened before it was
 * added.
 *
 * <p>Progress: everything ends after a look at each slot, but for taking, which looks again when
 * another worker was faster.
 *
 * <p>Memory ordering: slots are filled and read sequentially consistently, as {@link IdleWorkers}
 * asks, and emptied by compare-and-set.
 */
final class LocalQueues {

    /** Transactions of a queue at most: some more than a worker frees at once. */
    static final int ROOM = 4;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

    /** Slots of two workers are 128 bytes apart. */
    private static final int STRIDE = 32;

    /** Transaction plus one, or 0 if the slot is empty. */
    private final int[] slots;

    private final int workers;

    LocalQueues(int workers) {
        this.workers = workers;
        slots = new int[(workers + 2) * STRIDE];
    }

    void begin() {
        Arrays.fill(slots, 0);
    }

    /** Adds a transaction to a worker's queue; false if there is no room. */
    boolean add(int worker, int transaction) {
        int first = first(worker);
        for (int i = first; i < first + ROOM; i++) {
            if ((int) SLOT.getOpaque(slots, i) == 0) {
                SLOT.setVolatile(slots, i, transaction + 1);
                return true;
            }
        }
        return false;
    }

    /** The lowest transaction of a worker's queue, or {@link OrderedPlan#NONE}. */
    int poll(int worker) {
        int first = first(worker);
        while (true) {
            int at = 0;
            int lowest = Integer.MAX_VALUE;
            for (int i = first; i < first + ROOM; i++) {
                int queued = (int) SLOT.getVolatile(slots, i);
                if (queued != 0 && queued < lowest) {
                    lowest = queued;
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

    /** One of another worker's queue, or {@link OrderedPlan#NONE}. */
    int steal(int worker) {
        for (int i = 1; i < workers; i++) {
            int taken = poll((worker + i) % workers);
            if (taken != OrderedPlan.NONE) {
                return taken;
            }
        }
        return OrderedPlan.NONE;
    }

    /** Whether all queues are empty. */
    boolean isEmpty() {
        for (int worker = 0; worker < workers; worker++) {
            if (!isEmpty(worker)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a worker need not steal from one of the others, another one at each look. */
    boolean isOtherEmpty(int worker, int look) {
        return workers == 1 || isEmpty((worker + 1 + look % (workers - 1)) % workers);
    }

    private boolean isEmpty(int worker) {
        int first = first(worker);
        for (int i = first; i < first + ROOM; i++) {
            if ((int) SLOT.getVolatile(slots, i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int first(int worker) {
        return (worker + 1) * STRIDE;
    }
}
