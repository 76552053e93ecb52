package dev.varve.logstore.run;

import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;
import static dev.varve.logstore.format.RunHeaderDescriptor.CRC_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.END_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.ENTRIES_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.MAGIC_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.START_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.STORE_ID_HIGH_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.STORE_ID_LOW_OFFSET;
import static dev.varve.logstore.format.RunHeaderDescriptor.VERSION_OFFSET;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * What tells an index file from any other: the first fields of its header, which all kinds of index
 * files share, and its name.
 *
 * @param name the name of the file
 */
record IndexFileIdentity(long storeIdHigh, long storeIdLow, RunRange range, String name) {

    /** Where the fields end that are the same in all headers. */
    private static final int COMMON_LENGTH = ENTRIES_OFFSET;

    /** How the pages of the file are checked. */
    PageChecksum pageChecksum() {
        MemorySegment fields = MemorySegment.ofArray(new byte[COMMON_LENGTH]);
        put(fields);
        int salt =
                PageChecksum.of(
                        fields, STORE_ID_HIGH_OFFSET, COMMON_LENGTH - STORE_ID_HIGH_OFFSET);
        return new PageChecksum(name, salt);
    }

    /** Puts the common fields into a header page whose other fields are there, the CRC last. */
    void seal(MemorySegment page, long magic, int version) {
        page.set(LittleEndian.LONG, MAGIC_OFFSET, magic);
        page.set(LittleEndian.INT, VERSION_OFFSET, version);
        put(page);
        page.set(LittleEndian.INT, CRC_OFFSET, 0);
        page.set(LittleEndian.INT, CRC_OFFSET, PageChecksum.of(page, 0, PAGE_LENGTH));
    }

    private void put(MemorySegment page) {
        page.set(LittleEndian.LONG, STORE_ID_HIGH_OFFSET, storeIdHigh);
        page.set(LittleEndian.LONG, STORE_ID_LOW_OFFSET, storeIdLow);
        page.set(LittleEndian.LONG, START_OFFSET, range.start());
        page.set(LittleEndian.LONG, END_OFFSET, range.end());
    }

    /** The header page of a file, once it is sure that it is whole and this file's. */
    MemorySegment readHeader(StorageFile file, long magic, int version) {
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE_LENGTH]);
        if (file.read(page, 0) < PAGE_LENGTH
                || page.get(LittleEndian.LONG, MAGIC_OFFSET) != magic) {
            throw damaged("not an index file of this kind", MAGIC_OFFSET);
        }
        int found = page.get(LittleEndian.INT, VERSION_OFFSET);
        if (found != version) {
            throw new FormatVersionException(
                    "format version " + found + ", this release reads " + version,
                    name,
                    VERSION_OFFSET,
                    null);
        }
        int crc = page.get(LittleEndian.INT, CRC_OFFSET);
        page.set(LittleEndian.INT, CRC_OFFSET, 0);
        if (crc != PageChecksum.of(page, 0, PAGE_LENGTH)) {
            throw damaged("header checksum is wrong", CRC_OFFSET);
        }
        requireMine(page);
        return page;
    }

    private void requireMine(MemorySegment page) {
        if (page.get(LittleEndian.LONG, STORE_ID_HIGH_OFFSET) != storeIdHigh
                || page.get(LittleEndian.LONG, STORE_ID_LOW_OFFSET) != storeIdLow) {
            throw damaged("the file of another store", STORE_ID_HIGH_OFFSET);
        }
        long start = page.get(LittleEndian.LONG, START_OFFSET);
        long end = page.get(LittleEndian.LONG, END_OFFSET);
        if (start != range.start() || end != range.end()) {
            throw damaged("the file of positions " + start + " to " + end, START_OFFSET);
        }
    }

    void requireLength(StorageFile file, long expected) {
        if (file.length() != expected) {
            throw damaged(
                    "a length of " + file.length() + " bytes, not " + expected,
                    Math.min(file.length(), expected));
        }
    }

    /**
     * Asks a file again that was asked when the JVM threw what it does when the disk cannot give a
     * page that is mapped. That comes some time after the access, so that it may be of another
     * file, such as the segment of the candidate before: then it is thrown as it is, for who knows
     * what else was read, and must not take what that page seemed to hold for an answer.
     */
    InternalError askAgain(
            StorageFile file, long length, LongSupplier question, InternalError first) {
        try {
            long ignored = question.getAsLong();
            return first;
        } catch (InternalError e) {
            throw unreadable(file, length, e);
        }
    }

    /** For what the JVM throws when the disk cannot give a page that is mapped. */
    CorruptionException unreadable(StorageFile file, long length, InternalError e) {
        CorruptionException cutOff = CorruptionException.ifCutOff(file, length, e);
        return cutOff != null
                ? cutOff
                : new CorruptionException(
                        "a page of the mapped file cannot be read",
                        name,
                        StorageException.NO_OFFSET,
                        e);
    }

    CorruptionException damaged(String what, long offset) {
        return new CorruptionException(what, name, offset, null);
    }
}
