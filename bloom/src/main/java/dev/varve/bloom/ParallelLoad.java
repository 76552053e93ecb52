package dev.varve.bloom;

import dev.varve.logstore.io.AgentThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Loads all shards of a filter on several threads, each taking the next that is left: one thread
 * alone checks and joins what it has read while the disk does nothing. One use.
 */
final class ParallelLoad {

    private final FilterFiles files;
    private final BloomFilter filter;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** By shard; each is written by the thread that loads it. */
    private final @Nullable ShardLoad[] loads = new @Nullable ShardLoad[BloomGeometry.SHARDS];

    ParallelLoad(FilterFiles files, BloomFilter filter) {
        this.files = files;
        this.filter = filter;
    }

    /** Loads all shards in the calling thread. */
    List<ShardLoad> run() {
        work(1);
        return results();
    }

    /** Loads all shards on {@code count} threads of the factory, which have ended on return. */
    List<ShardLoad> run(ThreadFactory threads, int count) {
        List<Thread> workers = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                workers.add(AgentThread.newThread(threads, () -> work(count)));
            }
            workers.forEach(Thread::start);
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
        workers.forEach(AgentThread::join); // also of one that its factory has started
        work(count); // what is left, if the factory's threads did not run what they were given
        return results();
    }

    /** Errors too: what ends a loader is told to who asked for the load, not to its thread. */
    private void work(int loaders) {
        try {
            files.loadEach(
                    filter,
                    loaders,
                    this::nextShard,
                    load -> loads[load.shard()] = load);
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
    }

    private int nextShard() {
        return failure.get() == null
                ? Math.min(next.getAndIncrement(), BloomGeometry.SHARDS)
                : BloomGeometry.SHARDS;
    }

    private List<ShardLoad> results() {
        Throwable thrown = failure.get();
        if (thrown instanceof Error e) {
            throw e;
        }
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        List<ShardLoad> results = new ArrayList<>();
        for (ShardLoad load : loads) {
            results.add(Objects.requireNonNull(load));
        }
        return results;
    }
}
