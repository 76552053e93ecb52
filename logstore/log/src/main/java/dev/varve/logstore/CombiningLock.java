package dev.varve.logstore;

import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A lock whose holder does the work of all who wait for it (flat combining; Hendler, Incze, Shavit
 * and Tzafrir, SPAA 2010). Who waits does not need the lock but its work done: when the holder
 * lets go, all whose work is done go on at once, and the first of the others takes over. With a
 * plain lock each of them would wake, take it, find nothing to do and wake the next.
 *
 * <p>Nobody who waits is interrupted out of it; the interrupt status is kept.
 */
final class CombiningLock {

    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

    /**
     * Returns once {@code done} holds, for good. Runs {@code work} under the lock, each time it is
     * free and {@code done} does not hold yet. What makes {@code done} hold without the lock is
     * noticed when the lock is let go. What {@code work} throws goes to its own caller.
     */
    void await(BooleanSupplier done, Runnable work) {
        while (!done.getAsBoolean() && lock.tryLock()) {
            workLocked(done, work);
        }
        if (!done.getAsBoolean()) {
            awaitTurn(done, work);
        }
    }

    private void awaitTurn(BooleanSupplier done, Runnable work) {
        Waiter waiter = new Waiter(Thread.currentThread(), done);
        // Before the first try: a holder that this try fails against looks for waiters afterwards.
        waiters.add(waiter);
        boolean interrupted = false;
        try {
            while (!done.getAsBoolean()) {
                if (lock.tryLock()) {
                    workLocked(done, work);
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (waiters.remove(waiter)) {
                // Perhaps the one who was to take over, and now does not: it is another's turn.
                wake();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void workLocked(BooleanSupplier done, Runnable work) {
        try {
            if (!done.getAsBoolean()) {
                work.run();
            }
        } finally {
            unlock();
        }
    }

    void lock() {
        lock.lock();
    }

    /** Runs {@code work} under the lock. */
    void run(Runnable work) {
        lock();
        try {
            work.run();
        } finally {
            unlock();
        }
    }

    boolean tryLock() {
        return lock.tryLock();
    }

    void unlock() {
        lock.unlock();
        wake();
    }

    /** Wakes all whose work is done, and the first of the others to take over. */
    private void wake() {
        boolean isTaken = false;
        for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
            Waiter waiter = i.next();
            boolean isDone = waiter.done.getAsBoolean();
            if (isDone) {
                i.remove();
            }
            if (isDone || !isTaken) {
                LockSupport.unpark(waiter.thread);
                isTaken |= !isDone;
            }
        }
    }

    boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    private record Waiter(Thread thread, BooleanSupplier done) {}
}
