package dev.varve.jmh.workload;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Commits from 64 threads at once, one record each, durable on return: what is shared are writes
 * and forces. A store that has grown to its limit is replaced by an empty one between measured
 * stretches.
 */
final class SharedCommitWorkload implements Workload {

    private static final String FOLDER = "shared";
    private static final int THREADS = 64;
    private static final long MAX_STORE_BYTES = 128 << 20;
    private static final long PAUSE_NS = 20_000;

    private final Site site;
    private final Crowd crowd;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(THREADS, Thread.ofPlatform().daemon()::unstarted);

    /** How many threads have commits to make. */
    private final AtomicInteger active = new AtomicInteger();

    private volatile LogStore store;
    private List<Committer> committers;

    /** Bytes of the log that a commit takes: all are alike. */
    private volatile long commitBytes;

    SharedCommitWorkload(Site site, Crowd crowd) {
        this.site = site;
        this.crowd = crowd;
        store = open();
        committers = committers();
    }

    private LogStore open() {
        Storage storage = site.storage(FOLDER);
        return LogStore.open(
                crowd == Crowd.WAITED_FOR ? new WaitingStorage(storage) : storage,
                LogOptions.defaults());
    }

    private List<Committer> committers() {
        Table table = store.table(Records.BY_KEY);
        List<Committer> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            all.add(new Committer(store, table, new Records(site.seed() + i)));
        }
        long before = store.visible();
        all.getFirst().commit(1);
        commitBytes = store.visible() - before;
        return all;
    }

    @Override
    public long run(long operations) {
        List<Future<?>> running = new ArrayList<>();
        long given = 0;
        active.set(THREADS);
        for (int i = 0; i < THREADS; i++) {
            long share = (operations - given) / (THREADS - i);
            given += share;
            Committer committer = committers.get(i);
            running.add(threads.submit(() -> commit(committer, share)));
        }
        running.forEach(SharedCommitWorkload::await);
        return store.visible() / commitBytes;
    }

    private void commit(Committer committer, long share) {
        try {
            committer.commit(share);
        } finally {
            active.decrementAndGet();
        }
    }

    private static void await(Future<?> thread) {
        try {
            thread.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a thread failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a thread", e);
        }
    }

    /**
     * Called in a force: waits until every thread that has commits to make has written one that is
     * not durable. So two forces, one after the other, cover a commit of each.
     */
    private void awaitCrowd() {
        LogStore current = store;
        while (current.visible() - current.durable() < active.get() * commitBytes) {
            LockSupport.parkNanos(this, PAUSE_NS);
        }
    }

    @Override
    public void tidy() {
        if (store.visible() < MAX_STORE_BYTES) {
            return;
        }
        closeStore();
        Site.delete(site.folder().resolve(FOLDER));
        store = open();
        committers = committers();
    }

    private void closeStore() {
        committers.forEach(Committer::close);
        store.close();
    }

    @Override
    public void close() {
        threads.shutdown();
        closeStore();
    }

    /** Who is in a commit when a force begins. */
    enum Crowd {
        /** Who has come. */
        AS_IT_COMES,
        /**
         * Everybody, since a force waits for them: the number of forces is then the same on the
         * slowest machine, but for one force more or less at the end.
         */
        WAITED_FOR
    }

    /** What one of the threads commits. */
    private static final class Committer implements AutoCloseable {
        private final LogStore store;
        private final Table table;
        private final Records records;
        private final Batch batch;
        private long next;

        Committer(LogStore store, Table table, Records records) {
            this.store = store;
            this.table = table;
            this.records = records;
            this.batch = store.newBatch();
        }

        void commit(long count) {
            for (long i = 0; i < count; i++) {
                batch.clear().put(table, next, records.key(next), records.value(next));
                store.commit(batch);
                next++;
            }
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    /** Forces once everybody is there. */
    private final class WaitingStorage extends ForwardingStorage {
        WaitingStorage(Storage delegate) {
            super(delegate);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void force() {
                    if (active.get() > 0) {
                        awaitCrowd();
                    }
                    super.force();
                }
            };
        }
    }
}
