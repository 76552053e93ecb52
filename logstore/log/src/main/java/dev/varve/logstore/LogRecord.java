package dev.varve.logstore;

import java.lang.foreign.MemorySegment;

/**
 * One record while somebody looks at it: a view of memory that the giver reuses, valid only until
 * the call that handed it over returns.
 *
 * @param position where the record stands in the log
 * @param key the key's bytes
 * @param value the value's bytes; empty for a deletion
 */
public record LogRecord(
        long position, int table, Kind kind, long height, MemorySegment key, MemorySegment value) {

    /** What a record does. */
    public enum Kind {
        PUT,
        DELETE,
        REGISTRY
    }
}
