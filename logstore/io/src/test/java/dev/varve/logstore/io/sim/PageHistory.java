package dev.varve.logstore.io.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was done to one page of a file since it was last durable, in order. Guarded by the disk's lock.
 *
 * <p>A page is dirty while the next force would save it; after a failed force it is not, and yet has a
 * history, because nobody knows how much of it reached the disk.
 */
final class PageHistory {

    private final List<Change> changes = new ArrayList<>();
    private boolean dirty;

    void add(Change change) {
        changes.add(change);
        dirty = true;
    }

    List<Change> changes() {
        return changes;
    }

    boolean dirty() {
        return dirty;
    }

    void markClean() {
        dirty = false;
    }

    /** Bytes written to a page. Immutable. */
    static final class Change {

        private final long sequence;
        private final int from;
        private final int length;
        private final byte @Nullable [] bytes;

        /**
         * A change of {@code length} bytes from {@code from} of the page.
         *
         * @param sequence when, over the whole disk
         * @param bytes what was written; null for zeros
         */
        Change(long sequence, int from, int length, byte @Nullable [] bytes) {
            this.sequence = sequence;
            this.from = from;
            this.length = length;
            this.bytes = bytes;
        }

        long sequence() {
            return sequence;
        }

        int from() {
            return from;
        }

        int length() {
            return length;
        }

        byte @Nullable [] bytes() {
            return bytes;
        }

        /** Applies what lies in {@code [low, high)} of the page. */
        void apply(byte[] page, int low, int high) {
            int start = Math.max(from, low);
            int end = Math.min(from + length, high);
            if (start >= end) {
                return;
            }
            if (bytes == null) {
                Arrays.fill(page, start, end, (byte) 0);
            } else {
                System.arraycopy(bytes, start - from, page, start, end - start);
            }
        }
    }
}
