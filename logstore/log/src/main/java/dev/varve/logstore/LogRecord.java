package dev.varve.logstore;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One record while somebody looks at it: valid only until the call that handed it over returns, and
 * then moved on to another record. Confined to the thread of that call.
 *
 * <p>Key and value lie in read-only memory. {@link #key()} and {@link #value()} are slices, which
 * are small objects; whoever counts allocations reads from {@link #keyMemory()} and {@link
 * #valueMemory()} at the given offsets. A compressed value that cannot be expanded is a {@link
 * dev.varve.logstore.io.CorruptionException} when its bytes or its length are asked for.
 */
public final class LogRecord {

    private static final Kind[] KINDS = Kind.values();

    private RecordView view;
    private long basePosition;
    private @Nullable Segment segment;

    /** Made for the first compressed value; most tables have none. */
    private @Nullable ValueUnpacker unpacker;

    /** The value, if it was compressed and somebody has asked for it. */
    private @Nullable MemorySegment expanded;

    LogRecord(RecordView view) {
        this.view = view;
    }

    /** Shows what the view shows now, of that segment. */
    LogRecord of(RecordView view, Segment segment) {
        this.view = view;
        basePosition = segment.basePosition();
        this.segment = segment;
        expanded = null;
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

    /** What the record does. */
    public Kind kind() {
        return Kind.of(view.kind());
    }

    /** The height that it was put or deleted at, 0 or more. */
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

    /** What holds the value, among other things; at no multiple of anything. */
    public MemorySegment valueMemory() {
        return view.isCompressed() ? expanded() : view.memory();
    }

    /** Where in {@link #valueMemory()} the value starts. */
    public long valueOffset() {
        return view.isCompressed() ? 0 : view.valueStart();
    }

    /** Bytes of the value. */
    public long valueLength() {
        return view.isCompressed() ? ValueUnpacker.lengthOf(view, shown()) : view.storedLength();
    }

    private MemorySegment expanded() {
        MemorySegment value = expanded;
        if (value == null) {
            value = unpacker().expand(view, shown());
            expanded = value;
        }
        return value;
    }

    private Segment shown() {
        return Objects.requireNonNull(segment);
    }

    private ValueUnpacker unpacker() {
        ValueUnpacker made = unpacker;
        if (made == null) {
            made = new ValueUnpacker();
            unpacker = made;
        }
        return made;
    }

    /**
     * Copies the value to the start of {@code destination}; a compressed one is expanded there.
     *
     * @return its length; nothing is copied if that is more than the destination's
     */
    long copyValueTo(MemorySegment destination) {
        long length = valueLength();
        if (length > destination.byteSize()) {
            return length;
        }
        if (view.isCompressed()) {
            unpacker().expandTo(destination, view, shown());
        } else {
            view.copyStoredValueTo(destination);
        }
        return length;
    }

    /** The value in an array of its own. */
    byte[] copyOfValue() {
        byte[] value = new byte[Math.toIntExact(valueLength())];
        copyValueTo(MemorySegment.ofArray(value));
        return value;
    }

    /** Lets go of the memory that long values took. */
    void trim() {
        expanded = null;
        if (unpacker != null) {
            unpacker.trim();
        }
    }

    /** Native memory kept for the next value. */
    long memoryBytes() {
        return unpacker == null ? 0 : unpacker.memoryBytes();
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
}
