package dev.varve.engine.exec;

import dev.varve.logstore.io.AgentThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that help the calling thread with a block.
 *
 * <p>Assumes: one thread calls {@link #run} and {@link #close}.
 *
 * <p>Guarantees: the task runs on the caller as worker 0 and on any of the helpers that arrive
 * before the caller's part ends; when {@link #run} returns no helper is in the task any more, and
 * the caller sees all that they did. A helper that wakes up late does not delay a block: it finds
 * the gate shut.
 *
 * <p>Progress: {@link #run} waits only for helpers that are inside the task. Helpers park between
 * blocks, but look for a next one a while before if it was announced and the machine has a core for
 * each; a permit given to one that is not parked yet is kept, so none is lost.
 *
 * <p>Memory ordering: one volatile word holds the number of the block, whether helpers may enter,
 * and how many are inside. Entering and leaving change it by compare-and-set.
 */
final class WorkerPool implements AutoCloseable {

    private static final long OPEN = 1L << 31;
    private static final long INSIDE = OPEN - 1;
    private static final int BLOCK_SHIFT = 32;
    private static final int SPINS = 200;
    private static final long BACKSTOP_NS = 2_000_000;

    /** About 100 us, twice what waking up costs. */
    private static final int LOOKS = 3_000;

    private final Thread[] helpers;
    private final int awake = Runtime.getRuntime().availableProcessors() - 1;
    private final AtomicLong gate = new AtomicLong();
    private volatile @Nullable Task task;
    private volatile @Nullable Thread leaver;
    private volatile boolean closing;
    private boolean isFollowed;
    private long block;

    /** What the workers do together. What it throws in a helper is lost: to be told before. */
    interface Task {
        void work(int worker);
    }

    /** Starts {@code workers - 1} helpers. */
    WorkerPool(int workers, ThreadFactory factory) {
        helpers = new Thread[workers - 1];
        int started = 0;
        try {
            for (; started < helpers.length; started++) {
                helpers[started] = start(factory, started + 1);
            }
        } finally {
            if (started < helpers.length) {
                stop(started);
            }
        }
    }

    /** Runs a task to its end. */
    void run(Task newTask) {
        run(newTask, false);
    }

    /**
     * Runs a task to its end.
     *
     * @param newIsFollowed whether another one will be run at once
     */
    void run(Task newTask, boolean newIsFollowed) {
        task = newTask;
        isFollowed = newIsFollowed;
        block++;
        try {
            gate.set(block << BLOCK_SHIFT | OPEN);
            for (Thread helper : helpers) {
                LockSupport.unpark(helper);
            }
            newTask.work(0);
        } finally {
            shut();
        }
    }

    /**
     * Waits until no helper is in the task any more, and none will be. {@link #run} has done so,
     * unless it has thrown an error: then the owner makes the task end and calls this again.
     */
    void shut() {
        shutGate();
        task = null;
    }

    @Override
    public void close() {
        stop(helpers.length);
    }

    private Thread start(ThreadFactory factory, int worker) {
        Thread helper = AgentThread.newThread(factory, () -> help(worker));
        helper.start();
        return helper;
    }

    private void help(int worker) {
        long seen = 0;
        int looks = 0;
        while (!closing) {
            long word = gate.get();
            long current = word >>> BLOCK_SHIFT;
            if ((word & OPEN) != 0 && current != seen) {
                if (gate.compareAndSet(word, word + 1)) {
                    seen = current;
                    looks = workInside(worker) && worker <= awake ? LOOKS : 0;
                }
            } else if (looks > 0) {
                looks--;
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
            clearInterrupt();
        }
    }

    /** A program may have interrupted its thread, which is ours: parking must work again. */
    private static void clearInterrupt() {
        boolean ignored = Thread.interrupted();
    }

    /** Whether another task will follow at once. */
    private boolean workInside(int worker) {
        boolean follows = isFollowed;
        try {
            Task entered = task;
            if (entered != null) {
                entered.work(worker);
            }
        } catch (Throwable e) {
            return false; // the block knows why; the helper lives on
        } finally {
            long word = gate.decrementAndGet();
            if ((word & (OPEN | INSIDE)) == 0) {
                LockSupport.unpark(leaver);
            }
        }
        return follows;
    }

    private void shutGate() {
        long open = gate.get();
        while (!gate.compareAndSet(open, open & ~OPEN)) { // a lambda would need memory once
            open = gate.get();
        }
        long word = open & ~OPEN;
        for (int i = 0; (word & INSIDE) != 0 && i < SPINS; i++) {
            Thread.onSpinWait();
            word = gate.get();
        }
        leaver = Thread.currentThread();
        while ((gate.get() & INSIDE) != 0) {
            parkOrYield();
        }
        leaver = null;
    }

    @SuppressWarnings("ThreadPriorityCheck") // an interrupted thread cannot park
    private void parkOrYield() {
        if (Thread.currentThread().isInterrupted()) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, BACKSTOP_NS);
        }
    }

    private void stop(int started) {
        closing = true;
        boolean interrupted = false;
        for (int i = 0; i < started; i++) {
            LockSupport.unpark(helpers[i]);
            interrupted |= !join(helpers[i]);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a helper's end, which needs nobody else; false if the caller was interrupted. */
    private static boolean join(Thread helper) {
        boolean undisturbed = true;
        while (true) {
            try {
                helper.join();
                return undisturbed;
            } catch (InterruptedException e) {
                undisturbed = false;
            }
        }
    }
}
