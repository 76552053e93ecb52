package dev.varve.logstore;

import dev.varve.logstore.format.FrameBeginDescriptor;
import dev.varve.logstore.format.FrameCommitDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Writes a log by hand, with every checksum right and anything else as wrong as a test wants it.
 * One segment of a store that was not closed.
 */
final class ForgedLog implements AutoCloseable {

    private static final Manifest.StoreId STORE = new Manifest.StoreId(7, 8);

    private final SimDisk disk = new SimDisk();
    private final StorageFile file;
    private long offset = SegmentHeaderDescriptor.FRAMES_OFFSET;
    private long sequence;
    private int frameCrc;

    ForgedLog(long durablePosition) {
        new Manifest(
                        STORE,
                        1,
                        2,
                        durablePosition,
                        0,
                        0,
                        Manifest.State.IN_USE,
                        IndexedLog.NOTHING)
                .write(disk);
        file = disk.create(Segment.fileName(0));
        new SegmentHeader(STORE, 0, 1, 0).write(file);
    }

    SimDisk disk() {
        return disk;
    }

    StorageFile file() {
        return file;
    }

    /** Where the next frame goes. */
    long offset() {
        return offset;
    }

    static byte[] record(int table, int kind, long height, byte[] key, byte[] value) {
        byte[] bytes = new byte[(int) Batch.recordLength(key.length, value.length)];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        memory.set(LittleEndian.INT, RecordDescriptor.VALUE_LENGTH_OFFSET, value.length);
        memory.set(LittleEndian.LONG, RecordDescriptor.HEIGHT_OFFSET, height);
        memory.set(LittleEndian.SHORT, RecordDescriptor.TABLE_OFFSET, (short) table);
        memory.set(LittleEndian.SHORT, RecordDescriptor.KEY_LENGTH_OFFSET, (short) key.length);
        memory.set(LittleEndian.SHORT, RecordDescriptor.KIND_OFFSET, (short) kind); // and flags
        System.arraycopy(key, 0, bytes, RecordDescriptor.KEY_OFFSET, key.length);
        System.arraycopy(value, 0, bytes, RecordDescriptor.KEY_OFFSET + key.length, value.length);
        int end = RecordDescriptor.KEY_OFFSET + key.length + value.length;
        CRC32C crc = new CRC32C();
        crc.update(bytes, Integer.BYTES, end - Integer.BYTES);
        memory.set(LittleEndian.INT, RecordDescriptor.CRC_OFFSET, (int) crc.getValue());
        return bytes;
    }

    /** Appends a frame of such bytes. */
    ForgedLog frame(int recordCount, byte[] records) {
        return frame(recordCount, records, begin -> {});
    }

    /** Appends a frame of such bytes; {@code change} is made to BEGIN before its checksum. */
    ForgedLog frame(int recordCount, byte[] records, Consumer<MemorySegment> change) {
        int commit = FrameBeginDescriptor.LENGTH + records.length;
        byte[] bytes = new byte[commit + FrameCommitDescriptor.LENGTH];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        sequence++;
        memory.set(LittleEndian.INT, FrameBeginDescriptor.MAGIC_OFFSET, FrameBeginDescriptor.MAGIC);
        memory.set(LittleEndian.LONG, FrameBeginDescriptor.POSITION_OFFSET, offset);
        memory.set(LittleEndian.LONG, FrameBeginDescriptor.SEQUENCE_OFFSET, sequence);
        memory.set(LittleEndian.LONG, FrameBeginDescriptor.LENGTH_OFFSET, bytes.length);
        memory.set(LittleEndian.INT, FrameBeginDescriptor.RECORD_COUNT_OFFSET, recordCount);
        memory.set(ValueLayout.JAVA_BYTE, FrameBeginDescriptor.TYPE_OFFSET, (byte) 1);
        change.accept(memory);
        memory.set(
                LittleEndian.INT,
                FrameBeginDescriptor.CRC_OFFSET,
                Crc.of(memory, 0, FrameBeginDescriptor.LENGTH, FrameBeginDescriptor.CRC_OFFSET));
        System.arraycopy(records, 0, bytes, FrameBeginDescriptor.LENGTH, records.length);
        writeCommit(memory, commit);
        file.write(memory, offset);
        offset += bytes.length;
        return this;
    }

    /** A whole BEGIN of no frame, for that place. */
    static byte[] begin(long position, long durablePosition) {
        MemorySegment memory = MemorySegment.ofArray(new byte[FrameBeginDescriptor.LENGTH]);
        memory.set(LittleEndian.INT, FrameBeginDescriptor.MAGIC_OFFSET, FrameBeginDescriptor.MAGIC);
        memory.set(LittleEndian.LONG, FrameBeginDescriptor.POSITION_OFFSET, position);
        memory.set(
                LittleEndian.LONG, FrameBeginDescriptor.DURABLE_POSITION_OFFSET, durablePosition);
        memory.set(
                LittleEndian.INT,
                FrameBeginDescriptor.CRC_OFFSET,
                Crc.of(memory, 0, FrameBeginDescriptor.LENGTH, FrameBeginDescriptor.CRC_OFFSET));
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    private void writeCommit(MemorySegment memory, int at) {
        MemorySegment commit = memory.asSlice(at);
        commit.set(
                LittleEndian.INT, FrameCommitDescriptor.MAGIC_OFFSET, FrameCommitDescriptor.MAGIC);
        commit.set(LittleEndian.LONG, FrameCommitDescriptor.SEQUENCE_OFFSET, sequence);
        commit.set(
                LittleEndian.INT, FrameCommitDescriptor.PREVIOUS_FRAME_CRC_OFFSET, frameCrc);
        frameCrc =
                Crc.of(memory, 0, memory.byteSize(), at + FrameCommitDescriptor.FRAME_CRC_OFFSET);
        commit.set(LittleEndian.INT, FrameCommitDescriptor.FRAME_CRC_OFFSET, frameCrc);
    }

    @Override
    public void close() {
        file.close();
    }
}
