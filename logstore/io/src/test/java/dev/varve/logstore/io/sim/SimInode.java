package dev.varve.logstore.io.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link SimImage}, whatever its name is: the image that programs see, the image that
 * is durable, and what happened in between. Guarded by the disk's lock.
 */
final class SimInode {

    private final SimContent live;
    private final SimContent durable;
    private final TreeMap<Integer, PageHistory> unforced = new TreeMap<>();
    private final List<LengthChange> lengths = new ArrayList<>();
    private final List<Mapped> mapped = new ArrayList<>();
    private final PagePlaces places;

    /** An empty file, of which not even the emptiness is durable. */
    SimInode() {
        this(new SimContent());
    }

    /** A file whose content is durable. */
    SimInode(SimContent content) {
        live = content;
        durable = content.copy();
        places = new PagePlaces(content.length());
    }

    /** What of it takes space, and will take it. */
    PagePlaces places() {
        return places;
    }

    SimContent live() {
        return live;
    }

    SimContent durable() {
        return durable;
    }

    /** The pages that may come back otherwise than they are seen, by their index. */
    Map<Integer, PageHistory> unforced() {
        return unforced;
    }

    /** The lengths that the file had since its length was last durable. */
    List<LengthChange> lengths() {
        return lengths;
    }

    /** From now on the bytes from {@code offset} must stay, until the memory's arena is closed. */
    void mapped(MemorySegment memory, long offset) {
        mapped.add(new Mapped(memory, offset));
    }

    /** The process ended that had mapped the file. */
    void unmap() {
        mapped.clear();
    }

    /** A mapping is of bytes that never change: whoever changes them has a bug (I3). */
    private void requireUnmapped(long from, long end) {
        mapped.removeIf(one -> !one.memory.scope().isAlive());
        for (Mapped one : mapped) {
            if (from < one.offset + one.memory.byteSize() && end > one.offset) {
                throw new AssertionError(
                        "bytes from " + from + " to " + end + " change, of which " + one
                                + " is mapped");
            }
        }
    }

    void write(long sequence, MemorySegment source, long offset) {
        long length = source.byteSize();
        requireUnmapped(offset, offset + length);
        long done = 0;
        while (done < length) {
            long at = offset + done;
            int from = (int) (at % SimContent.PAGE_LENGTH);
            int piece = (int) Math.min(SimContent.PAGE_LENGTH - from, length - done);
            byte[] bytes = bytes(source.asSlice(done, piece));
            change(SimContent.pageAt(at), new PageHistory.Change(sequence, from, piece, bytes));
            places.write(SimContent.pageAt(at), piece);
            done += piece;
        }
        if (offset + length > live.length()) {
            changeLength(sequence, offset + length);
        }
    }

    void truncate(long sequence, long newLength) {
        long oldLength = live.length();
        if (newLength >= oldLength) {
            return;
        }
        requireUnmapped(newLength, oldLength);
        for (long at = newLength; at < oldLength; ) {
            int from = (int) (at % SimContent.PAGE_LENGTH);
            int piece = (int) Math.min(SimContent.PAGE_LENGTH - from, oldLength - at);
            change(SimContent.pageAt(at), new PageHistory.Change(sequence, from, piece, null));
            at += piece;
        }
        changeLength(sequence, newLength);
        places.cut(newLength);
    }

    /** What a force that succeeds does. */
    void force() {
        places.forced();
        setLength(durable, live.length());
        lengths.clear();
        Iterator<Map.Entry<Integer, PageHistory>> pages = unforced.entrySet().iterator();
        while (pages.hasNext()) {
            Map.Entry<Integer, PageHistory> page = pages.next();
            if (page.getValue().dirty()) {
                durable.setPage(page.getKey(), live.page(page.getKey()));
                pages.remove();
            }
        }
    }

    /** What a force that fails does: the system forgets which pages it should have saved. */
    void failForce() {
        unforced.values().forEach(PageHistory::markClean);
        places.giveUp();
    }

    void flipBit(long bit) {
        live.flipBit(bit);
        durable.flipBit(bit);
    }

    private void change(int index, PageHistory.Change change) {
        byte[] old = live.page(index);
        if (change.bytes() != null && change.length() == SimContent.PAGE_LENGTH) {
            live.setPage(index, change.bytes());
        } else if (old != null || change.bytes() != null) {
            byte[] page = old == null ? new byte[SimContent.PAGE_LENGTH] : old.clone();
            change.apply(page, 0, SimContent.PAGE_LENGTH);
            live.setPage(index, page);
        }
        unforced.computeIfAbsent(index, i -> new PageHistory()).add(change);
    }

    private void changeLength(long sequence, long length) {
        setLength(live, length);
        lengths.add(new LengthChange(sequence, length));
    }

    private static void setLength(SimContent content, long length) {
        if (length >= content.length()) {
            content.grow(length);
        } else {
            content.setLength(length);
        }
    }

    /** The bytes, or null if they are all zero, so that zero-filled files cost next to nothing. */
    private static byte @Nullable [] bytes(MemorySegment source) {
        byte[] bytes = source.toArray(ValueLayout.JAVA_BYTE);
        for (byte b : bytes) {
            if (b != 0) {
                return bytes;
            }
        }
        return null;
    }

    /** Memory that shows the file from an offset on. */
    private record Mapped(MemorySegment memory, long offset) {}

    /** A new length of the file, and when it came. */
    record LengthChange(long sequence, long length) {}
}
