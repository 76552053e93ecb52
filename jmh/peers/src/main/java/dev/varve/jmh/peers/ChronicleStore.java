package dev.varve.jmh.peers;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.hash.impl.VanillaChronicleHash;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapEntry;

/**
 * Chronicle Map: a hash table in one mapped file, whose size is fixed when it is made; it is told
 * the exact number of records. It knows no batches: a record is visible once it was put.
 */
final class ChronicleStore implements PeerStore.Viewing {

    private final ChronicleMap<byte[], byte[]> map;

    ChronicleStore(Path directory, long expected) throws IOException {
        map =
                ChronicleMapBuilder.of(byte[].class, byte[].class)
                        .name("records")
                        .entries(expected)
                        .constantKeySizeBySample(new byte[Records.KEY_BYTES])
                        .constantValueSizeBySample(new byte[Records.VALUE_BYTES])
                        .putReturnsNull(true)
                        .createPersistedTo(directory.resolve("records").toFile());
    }

    @Override
    public void put(byte[] key, byte[] value) {
        map.put(key, value);
    }

    @Override
    public void commit() {
        // Each record was visible when it was put.
    }

    @Override
    public void force() {
        ((VanillaChronicleHash<?, ?, ?, ?>) map).msync();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // asks whether the map used the array it was offered
    public int get(byte[] key, byte[] into) {
        byte[] value = map.getUsing(key, into);
        if (value == null) {
            return MISSING;
        }
        if (value != into) {
            System.arraycopy(value, 0, into, 0, value.length);
        }
        return value.length;
    }

    @Override
    public boolean view(byte[] key, Consumer<MemorySegment> reader) {
        try (ExternalMapQueryContext<byte[], byte[], ?> query = map.queryContext(key)) {
            query.readLock().lock();
            MapEntry<byte[], byte[]> entry = query.entry();
            if (entry == null) {
                return false;
            }
            reader.accept(memoryOf(entry.value()));
            return true;
        }
    }

    @SuppressWarnings("restricted") // the map gives an address; its lock is held
    private static MemorySegment memoryOf(Data<byte[]> value) {
        long address = value.bytes().addressForRead(value.offset());
        return MemorySegment.ofAddress(address).reinterpret(value.size());
    }

    @Override
    public void close() {
        map.close();
    }
}
