package dev.varve.jmh.peers;

import static java.nio.ByteBuffer.allocateDirect;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/**
 * LMDB: one sorted tree, written through a mapping. One read transaction serves all reads between
 * two batches, as one snapshot does for Varve.
 */
final class LmdbStore implements PeerStore.Viewing {

    /** Its file is sparse; too small a map would be an error, too large a one costs nothing. */
    private static final long MAP_BYTES_PER_RECORD = 6L * Records.BYTES;

    private static final long MIN_MAP_BYTES = 64 << 20;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> records;
    private final ByteBuffer keyBuffer = allocateDirect(Records.KEY_BYTES);
    private final ByteBuffer valueBuffer = allocateDirect(Records.VALUE_BYTES);
    private @Nullable Txn<ByteBuffer> writing;
    private @Nullable Txn<ByteBuffer> reading;

    LmdbStore(Path directory, long expected) {
        env =
                Env.create()
                        .setMapSize(MIN_MAP_BYTES + MAP_BYTES_PER_RECORD * expected)
                        .setMaxDbs(1)
                        .open(
                                directory.toFile(),
                                EnvFlags.MDB_NOSYNC,
                                EnvFlags.MDB_WRITEMAP,
                                EnvFlags.MDB_NORDAHEAD);
        records = env.openDbi("records", DbiFlags.MDB_CREATE);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        Txn<ByteBuffer> txn = writing;
        if (txn == null) {
            endReading();
            txn = env.txnWrite();
            writing = txn;
        }
        records.put(txn, fill(keyBuffer, key), fill(valueBuffer, value));
    }

    @Override
    public void commit() {
        Txn<ByteBuffer> txn = writing;
        if (txn != null) {
            txn.commit();
            txn.close();
            writing = null;
        }
    }

    @Override
    public void force() {
        env.sync(true);
    }

    @Override
    public int get(byte[] key, byte[] into) {
        ByteBuffer value = find(key);
        if (value == null) {
            return MISSING;
        }
        int length = value.remaining();
        value.get(into, 0, length);
        return length;
    }

    @Override
    public boolean view(byte[] key, Consumer<MemorySegment> reader) {
        ByteBuffer value = find(key);
        if (value == null) {
            return false;
        }
        reader.accept(MemorySegment.ofBuffer(value));
        return true;
    }

    private @Nullable ByteBuffer find(byte[] key) {
        Txn<ByteBuffer> txn = reading;
        if (txn == null) {
            txn = env.txnRead();
            reading = txn;
        }
        return records.get(txn, fill(keyBuffer, key));
    }

    private static ByteBuffer fill(ByteBuffer buffer, byte[] bytes) {
        return buffer.clear().put(bytes).flip();
    }

    private void endReading() {
        Txn<ByteBuffer> txn = reading;
        if (txn != null) {
            txn.close();
            reading = null;
        }
    }

    @Override
    public void close() {
        endReading();
        Txn<ByteBuffer> txn = writing;
        if (txn != null) {
            txn.close();
        }
        env.close();
    }
}
