package dev.varve.jmh.peers;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;

/**
 * H2's MVStore, the one peer that is pure Java without a flag, with its defaults and a page cache
 * on the heap that holds all pages. What it shows without a copy is the cached array itself.
 */
final class MvStore implements PeerStore.Viewing {

    /** Key and value as objects, their places in the page, and room to spare. */
    private static final long CACHE_BYTES_PER_RECORD = 400;

    private static final int MIN_CACHE_MIB = 16;

    private final MVStore store;
    private final MVMap<byte[], byte[]> map;

    MvStore(Path directory, long expected) {
        store =
                new MVStore.Builder()
                        .fileName(directory.resolve("records.mv").toString())
                        .cacheSize((int) (cacheBytes(expected) >> 20))
                        .open();
        map =
                store.openMap(
                        "records",
                        new MVMap.Builder<byte[], byte[]>()
                                .keyType(ByteArrayDataType.INSTANCE)
                                .valueType(ByteArrayDataType.INSTANCE));
    }

    /** What the cache takes of the heap. */
    static long cacheBytes(long records) {
        return (MIN_CACHE_MIB << 20) + CACHE_BYTES_PER_RECORD * records;
    }

    @Override
    public void put(byte[] key, byte[] value) {
        map.put(key, value);
    }

    @Override
    public void commit() {
        store.commit();
    }

    @Override
    public void force() {
        store.sync();
    }

    @Override
    public int get(byte[] key, byte[] into) {
        byte[] value = map.get(key);
        if (value == null) {
            return MISSING;
        }
        System.arraycopy(value, 0, into, 0, value.length);
        return value.length;
    }

    @Override
    public boolean view(byte[] key, Consumer<MemorySegment> reader) {
        byte[] value = map.get(key);
        if (value == null) {
            return false;
        }
        reader.accept(MemorySegment.ofArray(value));
        return true;
    }

    @Override
    public void close() {
        store.close();
    }
}
