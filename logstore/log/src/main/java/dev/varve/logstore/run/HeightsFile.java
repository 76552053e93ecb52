package dev.varve.logstore.run;

import static dev.varve.logstore.format.EntryPageDescriptor.UNIT_LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.LENGTH;
import static dev.varve.logstore.format.IndexPageDescriptor.PAGE_LENGTH;

import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An open file of heights: finds the records of its range of the log by table and height.
 *
 * <p>For any thread, without locks, and without allocation but for what reading a page into a
 * {@link PageCache} takes. Closed by whoever opened it, once nobody reads it any more. Throws a
 * {@link dev.varve.logstore.io.CorruptionException} for a damaged page.
 *
 * <p>A bound that is inside of the range costs a look at every newer record that is passed, as it
 * does in memory; one that is behind it costs nothing.
 */
public final class HeightsFile implements AutoCloseable {

    /** There is no such record. */
    public static final long ABSENT = -1;

    private static final int UNITS_MASK = (1 << 24) - 1;

    private final StorageFile file;
    private final HeightsHeader header;
    private final CountedMemory work;
    private final PageAccess pages;
    private final RunRange range;
    private final Map<Integer, HeightsSection> sections = new HashMap<>();

    private HeightsFile(
            StorageFile file, HeightsHeader header, PageSource source, CountedMemory work) {
        this.file = file;
        this.work = work;
        this.header = header;
        range = header.identity().range();
        PageChecksum checksum = header.identity().pageChecksum();
        pages = source.pages(file, checksum, FilterPieces.NONE);
        for (HeightsSection section : header.sections()) {
            sections.put(section.table(), section);
        }
    }

    /** Opens the heights in a file, which it closes, even if they cannot be opened. */
    static HeightsFile open(
            StorageFile file, IndexFileIdentity identity, PageSource source, CountedMemory work) {
        boolean opened = false;
        try {
            HeightsFile heights =
                    new HeightsFile(file, HeightsHeader.read(file, identity), source, work);
            opened = true;
            return heights;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    public RunRange range() {
        return range;
    }

    /** How many records of a table there are. */
    public long count(int table) {
        HeightsSection section = sections.get(table);
        return section == null ? 0 : section.count();
    }

    /** How many records there are. */
    public long count() {
        return header.sections().stream().mapToLong(HeightsSection::count).sum();
    }

    /** How many tables there are. */
    public int tables() {
        return header.sections().size();
    }

    /** All entries. */
    public HeightCursor cursor() {
        return new Cursor(this);
    }

    public long fileLength() {
        return header.endPage() * PAGE_LENGTH;
    }

    /** The error of a file that was cut off since it was opened; null if it was not. */
    public @Nullable StorageException cutOff(Throwable cause) {
        return CorruptionException.ifCutOff(file, fileLength(), cause);
    }

    /**
     * The highest position below {@code bound} of a record of that height, or {@link #ABSENT}.
     */
    public long find(int table, long height, long bound) {
        try {
            return findOnce(table, height, bound);
        } catch (InternalError e) {
            throw askAgain(() -> findOnce(table, height, bound), e);
        }
    }

    private long findOnce(int table, long height, long bound) {
        HeightsSection section = sections.get(table);
        if (section == null || bound <= range.start()) {
            return ABSENT;
        }
        long limit = limit(bound);
        if (section.isDense()) {
            long index = height - section.firstHeight();
            boolean there = height >= section.firstHeight() && index < section.count();
            return there && units(section, index) < limit ? position(section, index) : ABSENT;
        }
        long index = countBelow(section, height, limit) - 1;
        return index >= 0 && height(section, index) == height
                ? position(section, index)
                : ABSENT;
    }

    /**
     * The lowest height of at least {@code from} of a record below {@code bound}, or {@link
     * #ABSENT}.
     */
    public long next(int table, long from, long bound) {
        try {
            return nextOnce(table, from, bound);
        } catch (InternalError e) {
            throw askAgain(() -> nextOnce(table, from, bound), e);
        }
    }

    private long nextOnce(int table, long from, long bound) {
        HeightsSection section = sections.get(table);
        if (section == null || bound <= range.start()) {
            return ABSENT;
        }
        long limit = limit(bound);
        long index =
                section.isDense()
                        ? Math.max(from - section.firstHeight(), 0)
                        : countBelow(section, from, 0);
        while (index < section.count() && units(section, index) >= limit) {
            index++;
        }
        return index < section.count() ? height(section, index) : ABSENT;
    }

    /** The highest height of a record below {@code bound}, or {@link #ABSENT}. */
    public long last(int table, long bound) {
        try {
            return lastOnce(table, bound);
        } catch (InternalError e) {
            throw askAgain(() -> lastOnce(table, bound), e);
        }
    }

    private long lastOnce(int table, long bound) {
        HeightsSection section = sections.get(table);
        if (section == null || bound <= range.start()) {
            return ABSENT;
        }
        long limit = limit(bound);
        long index = section.count() - 1;
        while (index >= 0 && units(section, index) >= limit) {
            index--;
        }
        return index >= 0 ? height(section, index) : ABSENT;
    }

    /** The lowest height of a table; the highest number if it has no record. Reads no page. */
    public long lowest(int table) {
        HeightsSection section = sections.get(table);
        return section == null ? Long.MAX_VALUE : section.firstHeight();
    }

    /** The highest height of a table, or {@link #ABSENT}. */
    public long highest(int table) {
        try {
            return highestOnce(table);
        } catch (InternalError e) {
            throw askAgain(() -> highestOnce(table), e);
        }
    }

    private long highestOnce(int table) {
        HeightsSection section = sections.get(table);
        return section == null ? ABSENT : height(section, section.count() - 1);
    }

    private InternalError askAgain(LongSupplier question, InternalError first) {
        return header.identity().askAgain(file, fileLength(), question, first);
    }

    private CorruptionException unreadable(InternalError e) {
        return header.identity().unreadable(file, fileLength(), e);
    }

    /** The units that those of positions below {@code bound} are below. */
    private long limit(long bound) {
        long offset = Math.min(bound, range.end()) - header.base();
        return (offset + UNIT_LENGTH - 1) / UNIT_LENGTH;
    }

    /** How many pairs are of a lower height, or of that height and below {@code limit}. */
    private long countBelow(HeightsSection section, long height, long limit) {
        long low = 0;
        long high = section.count();
        while (low < high) {
            long middle = low + high >>> 1;
            long found = height(section, middle);
            if (found < height || found == height && units(section, middle) < limit) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long position(HeightsSection section, long index) {
        long position = header.base() + units(section, index) * UNIT_LENGTH;
        if (position < range.start() || position >= range.end()) {
            throw header.identity()
                    .damaged(
                            "an entry names a place outside of the range: " + position,
                            page(section, index) * PAGE_LENGTH);
        }
        return position;
    }

    private static long page(HeightsSection section, long index) {
        return section.firstPage() + index / section.perPage();
    }

    private static long inPage(HeightsSection section, long index) {
        return LENGTH + index % section.perPage() * section.entryLength();
    }

    private long height(HeightsSection section, long index) {
        if (section.isDense()) {
            return section.firstHeight() + index;
        }
        while (true) {
            long fetched = pages.fetch(page(section, index));
            long at = pages.offset(fetched) + inPage(section, index);
            long height = pages.memory(fetched).get(LittleEndian.LONG, at);
            if (pages.isCurrent(fetched)) {
                return height;
            }
        }
    }

    private long units(HeightsSection section, long index) {
        long behindHeight = section.isDense() ? 0 : Long.BYTES;
        while (true) {
            long fetched = pages.fetch(page(section, index));
            long at = pages.offset(fetched) + inPage(section, index) + behindHeight;
            int units = pages.memory(fetched).get(LittleEndian.INT, at) & UNITS_MASK;
            if (pages.isCurrent(fetched)) {
                return units;
            }
        }
    }

    /**
     * Reads the whole file again and compares its parts: checksums, order, ranges.
     *
     * @throws dev.varve.logstore.io.CorruptionException at the first difference
     */
    public void verify() {
        HeightsHeader.read(file, header.identity());
        long first = HeightsHeader.firstSectionPage(header.sections().size());
        PageChecksum checksum = header.identity().pageChecksum();
        checksum.checkAll(file, first, header.endPage(), work);
        try {
            verifyOrder(checksum);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private void verifyOrder(PageChecksum checksum) {
        for (HeightsSection section : header.sections()) {
            for (long index = 0; index < section.count(); index++) {
                boolean ascends =
                        index == 0
                                || height(section, index - 1) < height(section, index)
                                || height(section, index - 1) == height(section, index)
                                        && position(section, index - 1) < position(section, index);
                if (position(section, index) < 0 || !ascends) {
                    throw checksum.damaged("heights are out of order", page(section, index));
                }
            }
        }
    }

    @Override
    public void close() {
        pages.close();
        file.close();
    }

    /** One section behind the other. Reads this file alone, so that a lost page is of it. */
    private static final class Cursor implements HeightCursor {
        private final HeightsFile heights;
        private final Iterator<HeightsSection> sections;
        private @Nullable HeightsSection section;
        private long index;

        Cursor(HeightsFile heights) {
            this.heights = heights;
            this.sections = heights.header.sections().iterator();
        }

        @Override
        public boolean next() {
            index++;
            while (section == null || index >= section.count()) {
                if (!sections.hasNext()) {
                    return false;
                }
                section = sections.next();
                index = 0;
            }
            return true;
        }

        @Override
        public int table() {
            return current().table();
        }

        @Override
        public long height() {
            try {
                return heights.height(current(), index);
            } catch (InternalError e) {
                throw heights.unreadable(e);
            }
        }

        @Override
        public long position() {
            try {
                return heights.position(current(), index);
            } catch (InternalError e) {
                throw heights.unreadable(e);
            }
        }

        private HeightsSection current() {
            HeightsSection s = section;
            if (s == null) {
                throw new IllegalStateException("in front of the first entry");
            }
            return s;
        }
    }
}
