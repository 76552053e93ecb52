package dev.varve.logstore.agrona;

import dev.varve.logstore.LogRecord;
import dev.varve.logstore.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;

/**
 * Agrona's buffers as memory that a batch or a snapshot takes, and records as Agrona's buffers; no
 * byte is copied either way. Any thread; nothing to close.
 *
 * <p>A buffer is handed in as {@code batch.put(table, height, of(key), of(value))} or {@code
 * snapshot.get(table, of(key), of(destination))}. A record is looked at inside of the function
 * given to {@code snapshot.find}, in a buffer that the caller made once: {@code
 * wrapValue(record, view)}. Ids go to a filter or a gate in the same way: {@code
 * filter.mayContain(of(ids), offset, length)}, {@code batch.putAll(of(ids), ...)}. Makes no buffer
 * itself, since Agrona's need a flag of the JVM.
 */
public final class AgronaBuffers {

    private AgronaBuffers() {}

    /** All of a buffer. */
    public static MemorySegment of(DirectBuffer buffer) {
        return of(buffer, 0, buffer.capacity());
    }

    /**
     * A part of a buffer; valid as long as the buffer's own memory is.
     *
     * @throws IllegalStateException if the buffer wraps a bare address, and native access is not
     *     enabled
     */
    public static MemorySegment of(DirectBuffer buffer, int index, int length) {
        buffer.boundsCheck(index, length);
        byte[] array = buffer.byteArray();
        if (array != null) {
            int from = buffer.wrapAdjustment() + index;
            return MemorySegment.ofArray(array).asSlice(from, length);
        }
        ByteBuffer bytes = buffer.byteBuffer();
        if (bytes != null) {
            int from = buffer.wrapAdjustment() + index;
            return MemorySegment.ofBuffer(bytes.duplicate().clear()).asSlice(from, length);
        }
        return NativeMemory.at(buffer.addressOffset() + index, length);
    }

    /**
     * Lets {@code view} show a record's key where it lies; valid until the function that was given
     * the record returns, which closing the store waits for. Later it shows memory that may be
     * another record's, or gone: unlike a segment, a buffer does not notice.
     */
    public static void wrapKey(LogRecord record, DirectBuffer view) {
        view.wrap(record.keyMemory().address() + record.keyOffset(), record.keyLength());
    }

    /** As {@link #wrapKey}, the value; of at most 2^31 - 1 bytes. */
    public static void wrapValue(LogRecord record, DirectBuffer view) {
        MemorySegment memory = record.valueMemory();
        int length = Math.toIntExact(record.valueLength());
        view.wrap(memory.address() + record.valueOffset(), length);
    }
}
