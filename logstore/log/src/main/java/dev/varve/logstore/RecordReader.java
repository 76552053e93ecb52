package dev.varve.logstore;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.Warmth;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds and reads single records. Used by one thread at a time, which borrows it with a slot of
 * {@link Views}; allocates nothing once it has the memory it needs.
 *
 * <p>A record is read where its segment is mapped, or by position, as the table's {@link
 * ReadAdvice} says. Every record is checked against its CRC each time, unless the store's {@link
 * ReadCheck} says otherwise.
 */
final class RecordReader {

    private static final long NO_VIEW = -1;

    /** Behind every offset that an index can hold. */
    private static final long MAX_BOUND = LogOptions.MAX_SEGMENT_BYTES;

    /**
     * A part in memory and three runs. Of two the second is read ahead by the processor itself,
     * which guesses that the filter of the first says "absent".
     */
    private static final int PARTS_TO_TOUCH = 4;

    private final ReadCheck check;
    private final RecordView view = new RecordView();
    private final LogRecord record = new LogRecord(view);
    private final ReadWindows windows = new ReadWindows();

    /** Of a loop whose end the compiler cannot know: see {@link #settle}. */
    private int turns = 1;

    // What to look for.
    private int table;
    private ReadAdvice advice = ReadAdvice.AUTO;
    private long limit;
    private long maxHeight;
    private @Nullable MemorySegment key;
    private long hash;
    private long height;
    private @Nullable HeightScan scan;

    /**
     * Number of the view of which nothing is touched ahead, for something there could not be read:
     * it would be met again and again, perhaps without need, and each time as an exception.
     */
    private long untouchable = NO_VIEW;

    /** What is only touched is read because this is written. */
    @SuppressWarnings("UnusedVariable")
    private long touched;

    // The candidate that was found last.
    private @Nullable Segment segment;
    private long offset;

    /** Counts reads from mappings, to time some of them. */
    private int mappedReads;

    RecordReader(ReadCheck check) {
        this.check = check;
    }

    /** Ends the use; memory that a long record took is let go. */
    void trim() {
        windows.trim();
        record.trim();
        segment = null;
        key = null;
        scan = null;
    }

    long memoryBytes() {
        return windows.memoryBytes() + record.memoryBytes();
    }

    /**
     * Sets out for records of a table.
     *
     * @param limit records at or behind this position are not seen
     */
    RecordReader of(Table table, long limit) {
        this.table = table.id();
        this.advice = table.spec().readAdvice();
        this.limit = limit;
        this.maxHeight = Long.MAX_VALUE;
        return this;
    }

    /** Looks only for records of at most that height. */
    RecordReader asOf(long height) {
        maxHeight = height;
        return this;
    }

    /** Sets out for a key of that hash. */
    void seek(MemorySegment key, long hash) {
        this.key = key;
        this.hash = hash;
    }

    /** Sets out for a height, of a table found by height. */
    void seek(long height) {
        this.key = null;
        this.scan = null;
        this.height = height;
    }

    /** Sets out for the next height of a scan. */
    void seek(HeightScan scan) {
        this.key = null;
        this.scan = scan;
    }

    /**
     * From now on no record is read from a mapping, and of this view of the index, as long as it
     * is the current one, only what is needed.
     */
    void byPosition(IndexView index) {
        advice = ReadAdvice.POSITIONAL;
        untouchable = index.number();
        if (scan != null) {
            scan.restart();
        }
    }

    /**
     * Moves to the newest record of what was set out for; whether there is one, and it is no
     * deletion.
     */
    boolean find(IndexView index) {
        boolean found = findUnsettled(index);
        settle();
        return found;
    }

    /**
     * Has the JVM throw now what it makes of mapped pages that were read, and the disk could not
     * give. It goes on with anything for their bytes, and throws only where it looks whether it
     * should halt. In compiled code that is at the end of a turn of a loop, and not where a method
     * returns: an answer could reach whoever asked, and the error come in their code. To be called
     * before an answer is given.
     */
    void settle() {
        for (int left = turns; left != 0; left >>>= 1) {
            touched = left;
        }
    }

    private boolean findUnsettled(IndexView index) {
        MemorySegment sought = key;
        if (sought == null) {
            return isAt(index, scan == null ? positionAt(index, height) : scan.next(index));
        }
        if (index.keyPartCount() >= PARTS_TO_TOUCH && index.number() != untouchable) {
            touchAhead(index);
        }
        return find(index, sought, hash, limit);
    }

    /**
     * Reads of each part but the newest what it reads first, as far as that is in memory: so all of
     * it comes from there together, and not one behind the other.
     */
    private void touchAhead(IndexView index) {
        long sum = 0;
        try {
            for (int i = index.keyPartCount() - 2; i >= 0; i--) {
                sum += index.keys(i).touch(hash);
            }
        } catch (StorageException e) {
            // Perhaps of a part that need not be asked; who asks it is told.
            untouchable = index.number();
        }
        touched = sum;
    }

    /**
     * Moves to the newest record of a key below a position; whether there is one, and it is no
     * deletion.
     */
    boolean find(IndexView index, MemorySegment key, long hash, long below) {
        long bound = below;
        while ((bound = candidateBelow(index, hash, bound)) >= 0) {
            read();
            if (isOf(key)) {
                return view.isPut();
            }
        }
        return false;
    }

    /**
     * As {@link #find(IndexView, MemorySegment, long, long)}, of a key whose newest candidate was
     * found before.
     */
    boolean findFrom(IndexView index, MemorySegment key, long hash, long candidate) {
        moveTo(index, candidate);
        read();
        boolean found = isOf(key) ? view.isPut() : find(index, key, hash, candidate);
        settle();
        return found;
    }

    /** Moves to the record at a position; whether there is one, and it is no deletion. */
    private boolean isAt(IndexView index, long position) {
        if (position == HeightPart.NONE) {
            return false;
        }
        moveTo(index, position);
        read();
        return view.isPut();
    }

    /** Position of the newest record at a height. */
    private long positionAt(IndexView index, long height) {
        HeightRanges ranges = index.heightRanges(table);
        for (int i = index.heightPartCount() - 1; i >= 0; i--) {
            if (ranges.mayHold(i, height, height)) {
                HeightPart part = index.heights(i);
                long position =
                        part.start() < limit
                                ? part.findBelow(table, height, limit)
                                : HeightPart.NONE;
                if (position != HeightPart.NONE) {
                    return position;
                }
                ranges.learn(i, part);
            }
        }
        return HeightPart.NONE;
    }

    /**
     * Position of the newest record below {@code bound} whose key may have that hash, or -1; to
     * walk on to older ones, call again with that position. Reads no record.
     */
    long candidateBelow(IndexView index, long hash, long bound) {
        for (int i = index.keyPartCount() - 1; i >= 0; i--) {
            KeyPart part = index.keys(i);
            if (part.start() < bound) {
                long position = part.findBelow(hash, bound);
                if (position != KeyPart.NONE) {
                    moveTo(index, position);
                    return position;
                }
            }
        }
        return -1;
    }

    /**
     * Brings near the start of a record that is read from a mapping.
     *
     * @return what is there, for the caller to make something of: else nothing would be read
     */
    long touch(IndexView index, long position) {
        Segment source = index.segmentAt(position);
        return advice == ReadAdvice.POSITIONAL || !isMappedBetter(source)
                ? 0
                : source.mapping().touch(position - source.basePosition());
    }

    private void moveTo(IndexView index, long position) {
        segment = index.segmentAt(position);
        offset = position - segment.basePosition();
    }

    /** Whether the record is one of the key that is looked for, and not too high. */
    private boolean isOf(MemorySegment key) {
        return view.table() == table && view.height() <= maxHeight && view.hasKey(key);
    }

    /** The record found last, as others see it; valid until the next one is. */
    LogRecord record() {
        return record.of(view, Objects.requireNonNull(segment));
    }

    /**
     * The error of a mapped page that the disk cannot give, met in a file that was cut off, or in
     * one of the index that cannot answer now either; else at the candidate that was found last
     * or, where there is none, somewhere in the store.
     *
     * @param location where the store is
     */
    StorageException unreadable(IndexView index, String location, Throwable cause) {
        StorageException known = index.cutOff(cause);
        known = known == null ? failureOfAPart(index) : known;
        if (known != null) {
            return known;
        }
        Segment source = segment;
        String file = source == null ? location : source.name();
        long at = source == null ? StorageException.NO_OFFSET : offset;
        return new StorageException("a page that is mapped cannot be read", file, at, cause);
    }

    /** Asks the files of the index once more, each by itself; what one of them fails with. */
    private @Nullable StorageException failureOfAPart(IndexView index) {
        StorageException found = null;
        if (key != null) {
            for (int i = index.keyPartCount() - 1; i >= 0 && found == null; i--) {
                KeyPart part = index.keys(i);
                found = failure(part.fileName(), () -> part.findBelow(hash, limit));
            }
        } else {
            for (int i = index.heightPartCount() - 1; i >= 0 && found == null; i--) {
                HeightPart part = index.heights(i);
                found = failure(part.fileName(), () -> part.findBelow(table, height, limit));
            }
        }
        return found;
    }

    private @Nullable StorageException failure(
            @Nullable String fileName, LongSupplier question) {
        if (fileName == null) {
            return null;
        }
        try {
            long ignored = question.getAsLong();
            settle(); // else it would be told of the next file
            return null;
        } catch (StorageException e) {
            return e;
        } catch (InternalError e) {
            return new CorruptionException(
                    "a page of the mapped file cannot be read",
                    fileName,
                    StorageException.NO_OFFSET,
                    e);
        }
    }

    /** Moves the view to the candidate, and checks it. */
    private void read() {
        Segment source = Objects.requireNonNull(segment);
        long end = Math.min(limit - source.basePosition(), MAX_BOUND);
        if (advice == ReadAdvice.POSITIONAL) {
            windows.read(view, source, offset, end);
            checkCrc(source);
        } else if (!isMappedBetter(source) || !readMapped(source, end)) {
            readTimed(source, end);
        }
    }

    private boolean isMappedBetter(Segment source) {
        return advice == ReadAdvice.MAPPED || source.mapping().warmth().isWarm();
    }

    /**
     * False if the mapping cannot give the record, or gives one that looks damaged: reading by
     * position then tells what is wrong, and where.
     */
    private boolean readMapped(Segment source, long end) {
        SegmentMapping mapping = source.mapping();
        boolean timed = (++mappedReads & Warmth.MAPPED_READS_PER_SAMPLE - 1) == 0;
        long started = timed ? System.nanoTime() : 0;
        try {
            if (!mapping.moveTo(view, source, offset, end)) {
                return false;
            }
            checkCrc(source);
        } catch (StorageException | InternalError e) {
            // InternalError: what the JVM makes of a page that the disk cannot give.
            return false;
        }
        if (timed) {
            mapping.warmth().sample(System.nanoTime() - started);
        }
        return true;
    }

    private void readTimed(Segment source, long end) {
        long reads = windows.reads();
        long started = System.nanoTime();
        windows.read(view, source, offset, end);
        if (windows.reads() != reads) {
            source.mapping().warmth().sample(System.nanoTime() - started);
        }
        checkCrc(source);
    }

    private void checkCrc(Segment source) {
        if (check == ReadCheck.CHECKSUM) {
            view.checkCrc(source.name());
        }
    }
}
