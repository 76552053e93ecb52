package dev.varve.logstore.chronicle;

import dev.varve.logstore.LogRecord;
import dev.varve.logstore.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;

/**
 * Chronicle's bytes as memory that a batch or a snapshot takes, and records as Chronicle's bytes;
 * no byte is copied either way. Any thread; nothing to close.
 *
 * <p>Bytes are handed in as {@code batch.put(table, height, of(key), of(value))} or {@code
 * snapshot.get(table, of(key), of(destination, 0, capacity))}. A record is looked at inside of the
 * function given to {@code snapshot.find}, in a store that the caller made once: {@code
 * wrapValue(record, BytesStore.nativePointer())}. Ids go to a filter or a gate in the same way:
 * {@code filter.mayContain(of(ids), offset, length)}, {@code batch.putAll(of(ids), ...)}.
 */
public final class ChronicleBytes {

    private ChronicleBytes() {}

    /** What is left to read of some bytes; of a store, all of it. */
    public static MemorySegment of(BytesStore<?, ?> bytes) {
        return of(bytes, bytes.readPosition(), bytes.readRemaining());
    }

    /**
     * A part of some bytes; valid as long as they are not released or resized.
     *
     * @throws IllegalStateException if the bytes are outside of the heap, and native access is not
     *     enabled
     * @throws IllegalArgumentException if the bytes are neither outside of the heap nor an array
     */
    public static MemorySegment of(BytesStore<?, ?> bytes, long offset, long length) {
        if (offset < bytes.start() || length < 0 || offset > bytes.realCapacity() - length) {
            throw new IndexOutOfBoundsException(
                    length + " bytes from " + offset + " of " + bytes.realCapacity());
        }
        if (bytes.isDirectMemory()) {
            return NativeMemory.at(bytes.addressForRead(offset), length);
        }
        return switch (bytes.underlyingObject()) {
            case byte[] array -> MemorySegment.ofArray(array).asSlice(offset, length);
            case ByteBuffer buffer ->
                    MemorySegment.ofBuffer(buffer.duplicate().clear()).asSlice(offset, length);
            case null, default ->
                    throw new IllegalArgumentException(
                            "bytes of " + bytes.getClass().getName() + " have no memory to show");
        };
    }

    /**
     * Lets {@code view} show a record's key where it lies; valid until the function that was given
     * the record returns, which closing the store waits for. Later it shows memory that may be
     * another record's, or gone: unlike a segment, Chronicle's bytes do not notice.
     */
    public static void wrapKey(LogRecord record, PointerBytesStore view) {
        view.set(record.keyMemory().address() + record.keyOffset(), record.keyLength());
    }

    /** As {@link #wrapKey}, the value. */
    public static void wrapValue(LogRecord record, PointerBytesStore view) {
        MemorySegment memory = record.valueMemory();
        view.set(memory.address() + record.valueOffset(), record.valueLength());
    }
}
