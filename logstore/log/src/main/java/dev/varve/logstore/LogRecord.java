package dev.varve.logstore;

import java.lang.foreign.MemorySegment;

/**
 * One record while somebody looks at it: valid only until the call that handed it over returns, and
 * then moved on to another record. Confined to the thread of that call.
 *
 * <p>Key and value lie in read-only memory. {@link #key()} and {@link #value()} are slices, which
 * are small objects; whoever counts allocations reads from {@link #keyMemory()} and {@link
 * #valueMemory()} at the given offsets.
 */
public final class LogRecord {

    private final RecordView view;
    private long basePosition;

    LogRecord(RecordView view) {
        this.view = view;
    }

    /** Shows what the view shows now, of the segment with that base position. */
    LogRecord of(long basePosition) {
        this.basePosition = basePosition;
        return this;
    }

    /** Where the record stands in the log. */
    public long position() {
        return basePosition + view.offset();
    }

    /** Id of the record's table. */
    public int table() {
        return view.table();
    }

    public Kind kind() {
        return Kind.of(view.kind());
    }

    public long height() {
        return view.height();
    }

    /** The key's bytes. */
    public MemorySegment key() {
        return keyMemory().asSlice(keyOffset(), keyLength());
    }

    /** The value's bytes; empty for a deletion. */
    public MemorySegment value() {
        return valueMemory().asSlice(valueOffset(), valueLength());
    }

    /** What holds the key, among other things. */
    public MemorySegment keyMemory() {
        return view.memory();
    }

    /** Where in {@link #keyMemory()} the key starts. */
    public long keyOffset() {
        return view.keyStart();
    }

    /** Bytes of the key. */
    public int keyLength() {
        return view.keyLength();
    }

    /** What holds the value, among other things. */
    public MemorySegment valueMemory() {
        return view.memory();
    }

    /** Where in {@link #valueMemory()} the value starts. */
    public long valueOffset() {
        return view.valueStart();
    }

    /** Bytes of the value. */
    public long valueLength() {
        return view.valueLength();
    }

    /** What a record does. */
    public enum Kind {
        PUT,
        DELETE,
        REGISTRY;

        /** By the number that the record holds, which was checked. */
        private static Kind of(int code) {
            return KINDS[code - 1];
        }
    }

    private static final Kind[] KINDS = Kind.values();
}
