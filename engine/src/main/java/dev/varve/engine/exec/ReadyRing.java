package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The transactions that may start, first in, first out. It has room for a whole block and each
 * transaction is added once, so it never wraps and no slot is used twice.
 *
 * <p>Assumes: {@link #begin} runs before the workers start.
 *
 * <p>Guarantees: each transaction is taken once; who takes it sees what happened before it was
 * added.
 *
 * <p>Progress: adding is wait-free. Taking is lock-free; it gives up if the slot at the head is not
 * filled yet, whose owner then wakes a waiter after filling it.
 *
 * <p>Memory ordering: a slot is filled and read sequentially consistently, as {@link IdleWorkers}
 * asks; head and tail move by atomic read-modify-write.
 */
final class ReadyRing {

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int HEAD = 0;
    private static final int TAIL = 1;

    private final PaddedWords words = new PaddedWords(2);

    /** Transaction plus one, or 0 where none was added yet. */
    private int[] slots = {};

    private int used;

    /** Begins with the first {@code count} entries of an array in it. */
    void begin(int capacity, int[] transactions, int count) {
        if (slots.length < capacity) {
            slots = new int[Math.max(capacity, slots.length * 2)];
        } else {
            Arrays.fill(slots, 0, used, 0);
        }
        used = capacity;
        for (int i = 0; i < count; i++) {
            slots[i] = transactions[i] + 1;
        }
        words.setVolatile(HEAD, 0);
        words.setVolatile(TAIL, count);
    }

    void add(int transaction) {
        int slot = (int) words.getAndAdd(TAIL, 1);
        SLOT.setVolatile(slots, slot, transaction + 1);
    }

    boolean isEmpty() {
        int head = (int) words.get(HEAD);
        return head == used || (int) SLOT.getVolatile(slots, head) == 0;
    }

    /** The next transaction, or {@link OrderedPlan#NONE}. */
    int poll() {
        while (true) {
            int head = (int) words.get(HEAD);
            if (head == used) {
                return OrderedPlan.NONE;
            }
            int filled = (int) SLOT.getVolatile(slots, head);
            if (filled == 0) {
                return OrderedPlan.NONE;
            }
            if (words.compareAndSet(HEAD, head, head + 1)) {
                return filled - 1;
            }
        }
    }
}
