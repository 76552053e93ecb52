package dev.varve.jmh.peers;

import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with 10-bit Bloom filters, no compression (the values are random) and a block cache that
 * holds all blocks. Its JNI shows no value without a copy.
 */
final class RocksStore implements PeerStore {

    private static final long MIN_CACHE_BYTES = 64 << 20;
    private static final long MAX_CACHE_BYTES = 2L << 30;
    private static final int FILTER_BITS = 10;

    private final Cache cache;
    private final BloomFilter filter = new BloomFilter(FILTER_BITS);
    private final Options options = new Options();
    private final WriteOptions writeOptions = new WriteOptions();
    private final ReadOptions readOptions = new ReadOptions();
    private final WriteBatch batch = new WriteBatch();
    private final RocksDB db;

    private RocksStore(Path directory, long records, boolean blobs) throws IOException {
        cache = new LRUCache(cacheBytes(records));
        options.setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setFilterPolicy(filter).setBlockCache(cache))
                .setEnableBlobFiles(blobs);
        try {
            db = RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            closeSettings();
            throw new IOException(e);
        }
    }

    /** All in the levels of the tree. */
    static RocksStore plain(Path directory, long records) throws IOException {
        RocksDB.loadLibrary();
        return new RocksStore(directory, records, false);
    }

    /** All values in blob files; only keys and references in the tree. */
    static RocksStore withBlobs(Path directory, long records) throws IOException {
        RocksDB.loadLibrary();
        return new RocksStore(directory, records, true);
    }

    private static long cacheBytes(long records) {
        return Math.clamp(2 * records * Records.BYTES, MIN_CACHE_BYTES, MAX_CACHE_BYTES);
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
        try {
            batch.put(key, value);
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void commit() throws IOException {
        try {
            db.write(writeOptions, batch);
            batch.clear();
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void force() throws IOException {
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public int get(byte[] key, byte[] into) throws IOException {
        try {
            int length = db.get(readOptions, key, into);
            return length == RocksDB.NOT_FOUND ? MISSING : length;
        } catch (RocksDBException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            db.closeE();
        } catch (RocksDBException e) {
            throw new IOException(e);
        } finally {
            closeSettings();
        }
    }

    private void closeSettings() {
        batch.close();
        readOptions.close();
        writeOptions.close();
        options.close();
        filter.close();
        cache.close();
    }
}
