package dev.varve.jmh.peers;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/** Varve's log store, with a thread that writes and merges runs. Reads see the last commit. */
final class VarveStore implements PeerStore.Viewing {

    private final LogStore store;
    private final Table table;
    private final Batch batch;
    private Snapshot snapshot;
    private long height;

    VarveStore(Path directory, LogOptions options) {
        ThreadFactory threads = Thread.ofPlatform().daemon().name("maintenance").factory();
        store = LogStore.open(directory, options.withMaintenance(threads));
        try {
            table = store.table(TableSpec.byKey("records"));
            batch = store.newBatch();
            snapshot = store.snapshot();
        } catch (Throwable t) {
            store.close();
            throw t;
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        batch.put(table, height, key, value);
    }

    @Override
    public void commit() {
        store.commit(batch);
        batch.clear();
        height++;
        snapshot = store.snapshot();
    }

    @Override
    public void force() {
        store.force();
    }

    @Override
    public int get(byte[] key, byte[] into) {
        MemorySegment destination = MemorySegment.ofArray(into);
        long length = snapshot.get(table, MemorySegment.ofArray(key), destination);
        return length == Snapshot.ABSENT ? MISSING : (int) length;
    }

    @Override
    public boolean view(byte[] key, Consumer<MemorySegment> reader) {
        Boolean found =
                snapshot.find(
                        table,
                        MemorySegment.ofArray(key),
                        record -> {
                            reader.accept(record.value());
                            return true;
                        });
        return found != null;
    }

    @Override
    public void close() {
        try (store) {
            batch.close();
        }
    }
}
