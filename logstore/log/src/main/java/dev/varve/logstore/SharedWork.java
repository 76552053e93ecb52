package dev.varve.logstore;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A range of indexes that several threads work off in pieces. The calling thread takes pieces like
 * the others and waits only for those that somebody has begun: an executor that is busy, full or
 * shut down makes it slower and never stuck, even if the caller is one of its own threads.
 */
final class SharedWork {

    private static final int PIECE = 64;

    private final int count;
    private final Piece piece;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch left;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private SharedWork(int count, Piece piece) {
        this.count = count;
        this.piece = piece;
        this.left = new CountDownLatch(pieces(count));
    }

    private static int pieces(int count) {
        return count / PIECE + (count % PIECE == 0 ? 0 : 1);
    }

    /**
     * Returns once every index below {@code count} was worked on; throws what the first piece that
     * failed has thrown, and then begins no further one.
     *
     * @param threads how many work at a time, the calling one included
     */
    static void run(int count, Executor executor, int threads, Piece piece) {
        SharedWork work = new SharedWork(count, piece);
        for (int i = Math.min(threads, pieces(count)); i > 1; i--) {
            try {
                executor.execute(work::workOff);
            } catch (RejectedExecutionException e) {
                break; // the calling thread does it
            } catch (RuntimeException | Error e) {
                // Thrown when those that work already are done, for they use the caller's memory.
                work.failure.compareAndSet(null, e);
                break;
            }
        }
        work.workOff();
        work.awaitAll();
    }

    private void workOff() {
        int from;
        while ((from = next.getAndAdd(PIECE)) < count) {
            try {
                if (failure.get() == null) {
                    piece.work(from, Math.min(count, from + PIECE));
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                left.countDown();
            }
        }
    }

    private void awaitAll() {
        boolean interrupted = false;
        while (true) {
            try {
                left.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // the others use the caller's memory: wait on
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        switch (failure.get()) {
            case null -> {}
            case Error e -> throw e;
            case Throwable e -> throw (RuntimeException) e;
        }
    }

    /** Works on the indexes of {@code [from, to)}, on any thread. */
    @FunctionalInterface
    interface Piece {
        void work(int from, int to);
    }
}
