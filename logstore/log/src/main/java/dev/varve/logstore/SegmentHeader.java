package dev.varve.logstore;

import static dev.varve.logstore.format.SegmentHeaderDescriptor.BASE_POSITION_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.FLAGS_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.FRAMES_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.MAGIC;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.MAGIC_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.PREVIOUS_FRAME_CRC_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.STORE_ID_HIGH_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.STORE_ID_LOW_OFFSET;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.VERSION;
import static dev.varve.logstore.format.SegmentHeaderDescriptor.VERSION_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The contents of a segment's first page. */
record SegmentHeader(
        Manifest.StoreId storeId, long basePosition, long firstSequence, int previousFrameCrc) {

    /** Writes the page; the caller forces. */
    void write(StorageFile file) {
        MemorySegment page = MemorySegment.ofArray(new byte[FRAMES_OFFSET]);
        page.set(LittleEndian.LONG, MAGIC_OFFSET, MAGIC);
        page.set(LittleEndian.INT, VERSION_OFFSET, VERSION);
        page.set(LittleEndian.LONG, STORE_ID_HIGH_OFFSET, storeId.high());
        page.set(LittleEndian.LONG, STORE_ID_LOW_OFFSET, storeId.low());
        page.set(LittleEndian.LONG, BASE_POSITION_OFFSET, basePosition);
        page.set(LittleEndian.LONG, FIRST_SEQUENCE_OFFSET, firstSequence);
        page.set(LittleEndian.INT, PREVIOUS_FRAME_CRC_OFFSET, previousFrameCrc);
        page.set(LittleEndian.INT, CRC_OFFSET, Crc.of(page, 0, FRAMES_OFFSET, CRC_OFFSET));
        file.write(page, 0);
    }

    /**
     * The header of a segment file, or null if its page is not a whole one of this version.
     *
     * @throws FormatVersionException if the page is a whole one of another version
     */
    static @Nullable SegmentHeader read(StorageFile file) {
        MemorySegment page = MemorySegment.ofArray(new byte[FRAMES_OFFSET]);
        if (file.read(page, 0) < FRAMES_OFFSET
                || page.get(LittleEndian.LONG, MAGIC_OFFSET) != MAGIC
                || page.get(LittleEndian.INT, CRC_OFFSET)
                        != Crc.of(page, 0, FRAMES_OFFSET, CRC_OFFSET)) {
            return null;
        }
        int version = page.get(LittleEndian.INT, VERSION_OFFSET);
        int flags = page.get(LittleEndian.INT, FLAGS_OFFSET);
        if (version != VERSION || flags != 0) {
            throw new FormatVersionException(
                    "segment of format version " + version + " with flags " + flags
                            + ", this release reads " + VERSION + " without flags",
                    file.name(),
                    VERSION_OFFSET,
                    null);
        }
        return new SegmentHeader(
                new Manifest.StoreId(
                        page.get(LittleEndian.LONG, STORE_ID_HIGH_OFFSET),
                        page.get(LittleEndian.LONG, STORE_ID_LOW_OFFSET)),
                page.get(LittleEndian.LONG, BASE_POSITION_OFFSET),
                page.get(LittleEndian.LONG, FIRST_SEQUENCE_OFFSET),
                page.get(LittleEndian.INT, PREVIOUS_FRAME_CRC_OFFSET));
    }
}
