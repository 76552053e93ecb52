package dev.varve.engine.exec;

/**
 * Who has the right to each unfinished transaction: one word per slot of the window, which holds
 * the transaction and its state, so that a word of an earlier user of the slot is never taken for
 * it.
 *
 * <pre>
 *   claim -> EXECUTING -> EXECUTED -> CHECKING -> EXECUTED | COMMITTED  read the right thing
 *                |                        |
 *                |                        +----> EXECUTING              redone by who checked
 *                +----> DEFERRED -> EXECUTING                           given up, retried
 *                +----> NEEDS_SLOT -> EXECUTING -> COMMITTED            retried in its slot
 * </pre>
 *
 * <p>Guarantees: only the thread that made a transaction EXECUTING or CHECKING touches its slot; it
 * sees what the previous one did.
 *
 * <p>Memory ordering: every transition is a store by the owner or a compare-and-set. The store is
 * volatile if it leaves something to do for others, as {@link CommitFrontier} asks, else one with
 * release: a volatile one waits for all that the owner has written before, and so for lines of the
 * slot that another core had last.
 */
final class TxStates {

    static final int EXECUTING = 0;
    static final int EXECUTED = 1;
    static final int CHECKING = 2;
    static final int DEFERRED = 3;
    static final int NEEDS_SLOT = 4;
    static final int COMMITTED = 5;

    /** The slot belongs to another transaction. */
    static final int OTHER = -1;

    private static final int STATE_BITS = 3;
    private static final long NOBODY = -1L << STATE_BITS;

    private final PaddedWords words;
    private final int mask;

    TxStates(int window) {
        words = new PaddedWords(window);
        mask = window - 1;
        begin();
    }

    void begin() {
        for (int slot = 0; slot <= mask; slot++) {
            words.setVolatile(slot, NOBODY);
        }
    }

    int get(int transaction) {
        long word = words.get(transaction & mask);
        boolean isOwn = word >>> STATE_BITS == transaction;
        return isOwn ? (int) word & ((1 << STATE_BITS) - 1) : OTHER;
    }

    void set(int transaction, int state) {
        long word = word(transaction, state);
        if (state == EXECUTING || state == COMMITTED) {
            words.setRelease(transaction & mask, word); // nobody has to act on it
        } else {
            words.setVolatile(transaction & mask, word);
        }
    }

    boolean change(int transaction, int from, int to) {
        return words.compareAndSet(
                transaction & mask, word(transaction, from), word(transaction, to));
    }

    private static long word(int transaction, int state) {
        return (long) transaction << STATE_BITS | state;
    }
}
