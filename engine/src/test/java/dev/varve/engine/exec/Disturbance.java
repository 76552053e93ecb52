package dev.varve.engine.exec;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Disturbs a schedule: spins, seldom yields and sleeps (dear on a busy machine), and executions
 * that behave differently from the valid one and are then rejected. What a thread does is drawn
 * from its own seeded sequence.
 */
final class Disturbance implements Interference {

    private static final int MAX_SPINS = 300;
    private static final int MAX_SLEEP_NS = 30_000;
    private static final int MEET_SPINS = 400;

    /** What is done how often: one in so many times, or never for 0. */
    record Rates(int spin, int yield, int sleep, int misbehave, int meet) {}

    /** What is done most. */
    enum Kind {
        NONE,
        SPINS,
        SLEEPS,
        MISBEHAVES;

        private Rates rates() {
            return switch (this) {
                case NONE -> new Rates(0, 0, 0, 0, 2);
                case SPINS -> new Rates(4, 2000, 0, 10, 2);
                case SLEEPS -> new Rates(30, 1500, 1500, 10, 2);
                case MISBEHAVES -> new Rates(30, 0, 0, 3, 2);
            };
        }
    }

    private final Rates rates;
    private final AtomicLong seeds;
    private final ThreadLocal<SplittableRandom> randoms;

    /**
     * Whether the execution that the thread has just ended was not the transaction's own script.
     */
    private final ThreadLocal<Boolean> misbehaved = ThreadLocal.withInitial(() -> false);

    /** Id of the thread that came here last. */
    private volatile long last;

    Disturbance(Kind kind, long seed) {
        this.rates = kind.rates();
        this.seeds = new AtomicLong(seed);
        this.randoms =
                ThreadLocal.withInitial(() -> new SplittableRandom(seeds.getAndAdd(0x9e37_79b9L)));
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // to disturb is the purpose
    public void at(Point point, int index) {
        if (point == Point.CLAIMED && index == 0 && hits(rates.meet())) {
            meet();
        }
        last = Thread.currentThread().threadId();
        if (hits(rates.spin())) {
            spin(randoms.get().nextInt(MAX_SPINS));
        }
        if (hits(rates.yield())) {
            Thread.yield();
        }
        if (hits(rates.sleep())) {
            LockSupport.parkNanos(1 + randoms.get().nextInt(MAX_SLEEP_NS));
        }
    }

    /**
     * A small block would be over before the helpers have woken up: the first waits for another.
     */
    private void meet() {
        last = Thread.currentThread().threadId();
        long own = last;
        for (int i = 0; i < MEET_SPINS && last == own; i++) {
            Thread.onSpinWait();
        }
    }

    private static void spin(int turns) {
        for (int i = 0; i < turns; i++) {
            Thread.onSpinWait();
        }
    }

    @Override
    public boolean rejects(int index) {
        boolean rejected = misbehaved.get();
        misbehaved.set(false);
        return rejected;
    }

    /** A program that now and then does something else than it should; rejected afterwards. */
    TxProgram<Long> spoil(ScriptBlock block, ScriptBlock others) {
        if (rates.misbehave() == 0 || others.count() == 0) {
            return block;
        }
        return (index, view) -> {
            misbehaved.set(hits(rates.misbehave()));
            if (misbehaved.get()) {
                return block.run(
                        others.transactions.get(randoms.get().nextInt(others.count())), view);
            }
            return block.execute(index, view);
        };
    }

    private boolean hits(int oneIn) {
        return oneIn != 0 && randoms.get().nextInt(oneIn) == 0;
    }
}
