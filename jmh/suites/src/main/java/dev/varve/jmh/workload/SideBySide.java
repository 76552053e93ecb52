package dev.varve.jmh.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Several workloads, each on a thread of its own, which meet only at the end of a stretch. An
 * operation of any of them is an operation. Closing closes all.
 */
public final class SideBySide implements Workload {

    private static final int MOST_THREADS = 8;

    private final List<Workload> parts;
    private final ExecutorService threads;

    SideBySide(List<? extends Workload> parts) {
        this.parts = List.copyOf(parts);
        threads =
                Executors.newFixedThreadPool(
                        parts.size(), Thread.ofPlatform().daemon()::unstarted);
    }

    /** How many threads a suite has that measures what they share: one for each processor. */
    public static int threads() {
        return Math.clamp(Runtime.getRuntime().availableProcessors(), 2, MOST_THREADS);
    }

    @Override
    public long run(long operations) {
        List<Future<Long>> running = new ArrayList<>();
        long given = 0;
        for (int i = 0; i < parts.size(); i++) {
            long share = (operations - given) / (parts.size() - i);
            given += share;
            Workload part = parts.get(i);
            running.add(threads.submit(() -> part.run(share)));
        }
        long sum = 0;
        for (Future<Long> part : running) {
            sum += result(part);
        }
        return sum;
    }

    private static long result(Future<Long> part) {
        try {
            return part.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a thread failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a thread", e);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        parts.forEach(Workload::close);
    }
}
