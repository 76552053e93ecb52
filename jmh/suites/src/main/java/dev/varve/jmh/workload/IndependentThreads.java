package dev.varve.jmh.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The physical limit of executing blocks on several threads: each executes blocks of its own one
 * transaction after the other, and they meet only at the end of a stretch. A transaction of any of
 * them is an operation.
 */
final class IndependentThreads implements Workload {

    private final List<Workload> parts = new ArrayList<>();
    private final ExecutorService threads;

    IndependentThreads(ExecutorSpec spec, long seed) {
        for (int i = 0; i < spec.threads(); i++) {
            parts.add(
                    new ExecutorWorkload(
                            new ExecutorProgram(spec.mode(), 1, spec.block(seed + i))));
        }
        threads =
                Executors.newFixedThreadPool(
                        spec.threads(), Thread.ofPlatform().daemon()::unstarted);
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
