package dev.varve.logstore;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * All readers of a store: as many as there were lookups at one moment, kept as long as the store.
 * Safe for use by many threads; takes no lock and allocates nothing but for a new reader.
 */
final class ReaderPool {

    private final ReadCheck check;
    private volatile RecordReader[] readers = {};

    ReaderPool(ReadCheck check) {
        this.check = check;
    }

    /** A reader for the calling thread alone, until it is given back. */
    RecordReader take() {
        RecordReader[] all = readers;
        int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < all.length; i++) {
            // Each thread starts elsewhere, and most of the time finds its own from last time.
            RecordReader reader = all[Integer.remainderUnsigned(first + i, all.length)];
            if (reader.take()) {
                return reader;
            }
        }
        return add();
    }

    private synchronized RecordReader add() {
        RecordReader[] old = readers;
        RecordReader[] longer = Arrays.copyOf(old, old.length + 1);
        RecordReader reader = new RecordReader(check);
        longer[old.length] = reader;
        readers = longer;
        return reader;
    }

    /** The readers as they are now, those in use, too. */
    Stream<RecordReader> all() {
        return Arrays.stream(readers);
    }
}
