package dev.varve.engine.exec;

/**
 * The index below which all transactions are final, and the right to move it.
 *
 * <p>Assumes: every thread that makes a transaction {@linkplain Settler#isActionable actionable}
 * does so by a volatile write and then calls {@link #advance}, at the latest before it waits.
 *
 * <p>Guarantees: transactions are settled in order, by one thread at a time, and each sees what the
 * settling of the earlier ones did. An actionable transaction at the frontier never stays
 * unnoticed: if its maker finds the token taken, the taker looks again after giving it back (both
 * sides write before they look, and all four accesses are sequentially consistent).
 *
 * <p>Progress: nobody waits for the token. Its holder runs no transaction; it does call the
 * listener, which has to be called in order anyway. Who has executed the transaction at the
 * frontier needs no token: what is not actionable is settled by nobody else.
 */
final class CommitFrontier {

    /** No transaction is to be executed. */
    static final int NONE = -1;

    private static final int POSITION = 0;
    private static final int TOKEN = 1;

    private final PaddedWords words = new PaddedWords(2);
    private final Settler settler;
    private int end;

    /** What a mode does with the transaction at the frontier. */
    interface Settler {

        /** Whether {@link #settle} would do something; called by any thread. */
        boolean isActionable(int index);

        /** Called by the holder of the token for the transaction at the frontier. */
        Settlement settle(int index);
    }

    /** What became of the transaction at the frontier. */
    enum Settlement {
        /** It is final. */
        COMMITTED,
        /** It now belongs to the caller of {@link CommitFrontier#advance}, who must execute it. */
        RUN_IN_SLOT,
        /** Whoever has it will call {@link CommitFrontier#advance}. */
        NOT_YET
    }

    CommitFrontier(Settler settler) {
        this.settler = settler;
    }

    void begin(int count) {
        end = count;
        words.setVolatile(TOKEN, 0);
        words.setVolatile(POSITION, 0);
    }

    int position() {
        return (int) words.get(POSITION);
    }

    boolean isAtEnd() {
        return position() == end;
    }

    /**
     * Moves past a transaction whose owner has committed it. Only for one that is {@link #isAt} the
     * frontier and has never been made actionable: then nobody else can have settled it.
     */
    void pass(int index) {
        assert index == position() : "committed out of order";
        words.setVolatile(POSITION, index + 1L);
    }

    /** Whether a transaction is the lowest that is not final. */
    boolean isAt(int index) {
        return position() == index;
    }

    /** Whether {@link #advance} would find something to do. */
    boolean canAdvance() {
        int index = position();
        return index < end && settler.isActionable(index);
    }

    /** Whether {@link #advance} would find something to do, and nobody is doing it. */
    boolean isNeglected() {
        return canAdvance() && words.get(TOKEN) == 0;
    }

    /** Settles what can be; returns a transaction to execute in its slot, or {@link #NONE}. */
    int advance() {
        while (canAdvance()) {
            if (!words.compareAndSet(TOKEN, 0, 1)) {
                return NONE;
            }
            Settlement last;
            try {
                last = settleAll();
            } finally {
                words.setVolatile(TOKEN, 0);
            }
            if (last == Settlement.RUN_IN_SLOT) {
                return position();
            }
        }
        return NONE;
    }

    private Settlement settleAll() {
        int index = position();
        while (index < end) {
            Settlement settlement = settler.settle(index);
            if (settlement != Settlement.COMMITTED) {
                return settlement;
            }
            index++;
            words.setRelease(POSITION, index);
        }
        return Settlement.COMMITTED;
    }
}
