package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The records of one segment, or of its last part, by the leading 44 bits of the hash of their key:
 * off-heap, 8 bytes for each key at a load of 8/15 to 2/3, and 8 more for each further version.
 *
 * <p>256 stripes by the hash's first byte, each an open-addressed table of 64-byte buckets of eight
 * slots. A slot holds the 36 hash bits behind the stripe's, whether the record is a deletion, and
 * the newest record's offset in units of 16 bytes; once a key has a second version, it holds the
 * index of a chain node instead, so that a key that is written a million times costs no longer
 * probes.
 *
 * <p>A table that is full is copied to pages of its own, a quarter more, and its pages are used
 * again: nothing is wasted but for the moment of copying. A reader that was in them finds the
 * stripe's version changed and looks again, as with a sequence lock (Lameter, "Effective
 * Synchronization on Linux/NUMA Systems", 2005), but no reader ever waits for a writer.
 *
 * <p>Threads: writers of a stripe exclude each other by its monitor; readers take no lock. A reader
 * sees every entry added before the watermark it read was published: the slot is written with
 * release order before, and read with acquire order after.
 */
final class HotIndex {

    static final long NONE = -1;

    /** What is kept of a hash: the same as on disk, so that writing it loses nothing. */
    static final int HASH_BITS = 44;

    private static final VarHandle VERSION = versionHandle();

    private static final int STRIPE_BITS = 8;
    private static final int BUCKET_SLOTS = 8;
    private static final int UNITS_BITS = 24;
    private static final long UNITS_MASK = (1L << UNITS_BITS) - 1;
    private static final int TAG_BITS = HASH_BITS - STRIPE_BITS;
    private static final long TAG_MASK = (1L << TAG_BITS) - 1;
    private static final long TAG_SLOT_MASK = TAG_MASK << UNITS_BITS;
    private static final int STRIPE_SHIFT = Long.SIZE - STRIPE_BITS;
    private static final int TAG_SHIFT = Long.SIZE - HASH_BITS;

    /** Set in a slot whose low bits are a chain node's index. */
    private static final long CHAINED = 1L << 63;

    /** Set in a slot or node whose record is a deletion. */
    private static final long DELETED = 1L << 62;

    /** What a search gives that met a chain node younger than the table it looks at. */
    private static final long STALE = -2;

    private final HotPages pages;
    private final Stripe[] stripes = new Stripe[1 << STRIPE_BITS];

    /** The memory is allocated from {@code arena} and lives as long as it does. */
    HotIndex(Arena arena) {
        pages = new HotPages(arena);
        Arrays.setAll(stripes, i -> new Stripe(pages));
    }

    private static VarHandle versionHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Stripe.class, "version", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Adds a record that puts a value; offsets of one hash must be added in ascending order. */
    void add(long hash, long offset) {
        add(hash, offset >>> 4, 0);
    }

    /** Adds a deletion; as {@link #add}. */
    void addDeletion(long hash, long offset) {
        add(hash, offset >>> 4, DELETED);
    }

    /**
     * Reads where a record of this hash would go, for whoever is about to add several: memory gives
     * many places that do not depend on each other in the time of one.
     *
     * @return what is there, for the caller to make something of: else nothing would be read
     */
    long touch(long hash) {
        return stripes[(int) (hash >>> STRIPE_SHIFT)].touch(hash >>> TAG_SHIFT & TAG_MASK);
    }

    private void add(long hash, long units, long flags) {
        Stripe stripe = stripes[(int) (hash >>> STRIPE_SHIFT)];
        synchronized (stripe) {
            stripe.add(hash >>> TAG_SHIFT & TAG_MASK, units | flags);
        }
    }

    /**
     * The largest offset below {@code bound} of a record whose key may have this hash, or {@link
     * #NONE}. To walk to older candidates, call again with that offset as the bound.
     */
    long findBelow(long hash, long bound) {
        Stripe stripe = stripes[(int) (hash >>> STRIPE_SHIFT)];
        long boundUnits = Math.min(bound + 15 >>> 4, UNITS_MASK + 1);
        long units = stripe.findBelow(hash >>> TAG_SHIFT & TAG_MASK, boundUnits);
        return units == NONE ? NONE : units << 4;
    }

    /** How many records were added. */
    long count() {
        long count = 0;
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                count += stripe.count();
            }
        }
        return count;
    }

    /** How many records with an offset below {@code bound} were added. */
    long countBelow(long bound) {
        long count = 0;
        Cursor cursor = cursor();
        while (cursor.next()) {
            count += cursor.offset() < bound ? 1 : 0;
        }
        return count;
    }

    /** Takes records while nobody looks for any. */
    Loading loading() {
        return new Loading(pages, stripes);
    }

    /** All records, by ascending hash, those of one hash newest first. */
    Cursor cursor() {
        return new Cursor(stripes);
    }

    /** Bytes of native memory held. */
    long memoryBytes() {
        return pages.memoryBytes();
    }

    /**
     * Takes the records of a part of the log that is read again, and puts them into the index when
     * all are there, stripe by stripe: so a table is made once, as large as it must be, and lies in
     * the processor's cache while it is filled. Added one by one, records touch memory at random,
     * and are copied again and again as tables grow. Confined to one thread; the memory is the
     * index's, and tables are made of what the lists before them leave.
     */
    static final class Loading {
        private final HotPages pages;
        private final Stripe[] stripes;
        private final int[][] lists;
        private final int[] counts;

        private Loading(HotPages pages, Stripe[] stripes) {
            this.pages = pages;
            this.stripes = stripes;
            this.lists = new int[stripes.length][0];
            this.counts = new int[stripes.length];
        }

        /** As {@link HotIndex#add(long, long)}. */
        void add(long hash, long offset) {
            add(hash, offset >>> 4, 0);
        }

        /** As {@link HotIndex#addDeletion}. */
        void addDeletion(long hash, long offset) {
            add(hash, offset >>> 4, DELETED);
        }

        private void add(long hash, long units, long flags) {
            int stripe = (int) (hash >>> STRIPE_SHIFT);
            int count = counts[stripe]++;
            int[] list = lists[stripe];
            int page = count >>> HotPages.PAGE_SHIFT;
            if (count == page << HotPages.PAGE_SHIFT) {
                if (page == list.length) {
                    list = Arrays.copyOf(list, Math.max(4, 2 * page));
                    lists[stripe] = list;
                }
                list[page] = pages.take();
            }
            long tag = hash >>> TAG_SHIFT & TAG_MASK;
            pages.set(list, count, tag << UNITS_BITS | units | flags);
        }

        /** Puts all that was added into the index; nothing may be added any more. */
        void finish() {
            for (int i = 0; i < stripes.length; i++) {
                if (counts[i] > 0) {
                    synchronized (stripes[i]) {
                        stripes[i].addAll(lists[i], counts[i]);
                    }
                    int used = (counts[i] - 1 >>> HotPages.PAGE_SHIFT) + 1;
                    pages.give(Arrays.copyOf(lists[i], used));
                    counts[i] = 0;
                }
            }
        }
    }

    /**
     * Goes through an index by ascending hash, newest first. Takes one stripe at a time, for which
     * writers wait meanwhile; what they add to it later is not met. Confined to one thread.
     */
    static final class Cursor {
        private final Stripe[] stripes;
        private long[] entries = new long[64];
        private int stripe = -1;
        private int count;
        private int at;

        private Cursor(Stripe[] stripes) {
            this.stripes = stripes;
        }

        boolean next() {
            at++;
            while (at >= count) {
                if (++stripe == stripes.length) {
                    stripe--;
                    return false;
                }
                load(stripes[stripe]);
                at = 0;
            }
            return true;
        }

        /** One long each, whose order is that of the tags and, within a tag, newest first. */
        private void load(Stripe from) {
            synchronized (from) {
                count = (int) from.count();
                if (count > entries.length) {
                    entries = new long[2 * count];
                }
                from.copyTo(entries);
            }
            Arrays.sort(entries, 0, count);
        }

        private static long encode(long tag, long entry) {
            long newestFirst = UNITS_MASK - (entry & UNITS_MASK);
            return (tag << UNITS_BITS | newestFirst) << 1 | ((entry & DELETED) == 0 ? 0 : 1);
        }

        /** The leading 44 bits of the hash, zeros behind. */
        long hash() {
            long tag = entries[at] >>> UNITS_BITS + 1;
            return (long) stripe << STRIPE_SHIFT | tag << TAG_SHIFT;
        }

        long offset() {
            return UNITS_MASK - (entries[at] >>> 1 & UNITS_MASK) << 4;
        }

        boolean isDeletion() {
            return (entries[at] & 1) != 0;
        }
    }

    /** What a reader needs of a stripe, published as one: pages of slots, and those of nodes. */
    private static final class Table {
        private final int[] slotPages;
        private final int[] nodePages;
        private final int nodeCapacity;

        Table(int[] slotPages, int[] nodePages, int nodeCapacity) {
            this.slotPages = slotPages;
            this.nodePages = nodePages;
            this.nodeCapacity = nodeCapacity;
        }

        int slotCount() {
            return slotPages.length << HotPages.PAGE_SHIFT;
        }

        /** Where the bucket of a tag starts: in the order of the tags, for any count of buckets. */
        int firstSlot(long tag) {
            long buckets = slotCount() / BUCKET_SLOTS;
            return (int) (tag * buckets >>> TAG_BITS) * BUCKET_SLOTS;
        }
    }

    private static final class Stripe {
        private final HotPages pages;
        private volatile Table table = new Table(new int[0], new int[0], 0);

        /** Changes before pages of the table are given to others. */
        private volatile int version;

        // Under the monitor.
        private int keys;
        private int nodeCount;
        private int chains;

        Stripe(HotPages pages) {
            this.pages = pages;
        }

        long count() {
            // Each chain took the one version along that its slot had held.
            return (long) keys + nodeCount - chains;
        }

        long touch(long tag) {
            Table t = table;
            return t.slotCount() == 0 ? 0 : pages.peek(t.slotPages, t.firstSlot(tag));
        }

        void add(long tag, long entry) {
            Table t = table;
            if ((keys + 1) * 3L > t.slotCount() * 2L) {
                t = grow(t);
            }
            int index = find(t, tag);
            long slot = pages.get(t.slotPages, index);
            if (slot == 0) {
                keys++;
                pages.set(t.slotPages, index, tag << UNITS_BITS | entry);
                return;
            }
            long older = slot & UNITS_MASK;
            if ((slot & CHAINED) == 0) {
                chains++;
                older = addNode(slot & (UNITS_MASK | DELETED), UNITS_MASK);
            }
            long node = addNode(entry, older);
            pages.set(table.slotPages, index, CHAINED | tag << UNITS_BITS | node);
        }

        long findBelow(long tag, long boundUnits) {
            while (true) {
                int before = version;
                long found = search(table, tag, boundUnits);
                VarHandle.acquireFence(); // everything above is read before the version is again
                if (found != STALE && (int) VERSION.getOpaque(this) == before) {
                    return found;
                }
                Thread.onSpinWait();
            }
        }

        private long search(Table t, long tag, long boundUnits) {
            if (t.slotCount() == 0) {
                return NONE;
            }
            long slot = pages.get(t.slotPages, find(t, tag));
            if (slot == 0) {
                return NONE;
            }
            if ((slot & CHAINED) == 0) {
                long units = slot & UNITS_MASK;
                return units < boundUnits ? units : NONE;
            }
            long node = slot & UNITS_MASK;
            while (node != UNITS_MASK) {
                if (node >= t.nodeCapacity) {
                    return STALE;
                }
                // Leads to older nodes only, which have lower indexes: so this ends even in a page
                // that has become another stripe's.
                long entry = pages.get(t.nodePages, (int) node);
                if ((entry & UNITS_MASK) < boundUnits) {
                    return entry & UNITS_MASK;
                }
                node = entry >>> UNITS_BITS & UNITS_MASK;
            }
            return NONE;
        }

        /**
         * Index of the slot of this tag, or of the empty slot where it belongs. Of a table whose
         * pages have become others' it may be any.
         */
        private int find(Table t, long tag) {
            return pages.find(t.slotPages, t.firstSlot(tag), TAG_SLOT_MASK, tag << UNITS_BITS);
        }

        private long addNode(long entry, long older) {
            Table t = table;
            if (nodeCount == t.nodeCapacity) {
                int used = nodeCount >>> HotPages.PAGE_SHIFT;
                int[] nodePages =
                        used < t.nodePages.length
                                ? t.nodePages
                                : Arrays.copyOf(t.nodePages, Math.max(1, 2 * used));
                nodePages[used] = pages.take();
                t = new Table(t.slotPages, nodePages, nodeCount + HotPages.PAGE_LONGS);
                table = t;
            }
            pages.set(t.nodePages, nodeCount, older << UNITS_BITS | entry);
            return nodeCount++;
        }

        /** Adds entries that are listed as they stand in slots, in the order of their offsets. */
        void addAll(int[] list, int count) {
            int room = pagesFor(keys + count);
            if (room > table.slotPages.length) {
                resize(table, room);
            }
            for (int i = 0; i < count; i++) {
                long slot = pages.get(list, i);
                add(slot >>> UNITS_BITS & TAG_MASK, slot & (UNITS_MASK | DELETED));
            }
            if (pagesFor(keys) < table.slotPages.length / 2) {
                resize(table, pagesFor(keys)); // most were further versions
            }
        }

        /** Pages of slots for so many keys, at a load of 2/3. */
        private static int pagesFor(int keys) {
            return (int) (keys * 3L / 2 >>> HotPages.PAGE_SHIFT) + 1;
        }

        private Table grow(Table t) {
            return resize(t, Math.max(t.slotPages.length + 1, t.slotPages.length * 5 / 4));
        }

        private Table resize(Table t, int pageCount) {
            int[] slotPages = new int[pageCount];
            for (int i = 0; i < pageCount; i++) {
                slotPages[i] = pages.take();
            }
            Table resized = new Table(slotPages, t.nodePages, t.nodeCapacity);
            copy(t, resized);
            table = resized;
            VERSION.setVolatile(this, version + 1);
            VarHandle.releaseFence(); // whoever takes the pages writes to them behind this
            pages.give(t.slotPages);
            return resized;
        }

        /**
         * Both tables are in the order of the tags but for a few slots, so this goes through either
         * from front to back. No reader knows the target yet.
         */
        private void copy(Table from, Table to) {
            int targetPage = -1;
            MemorySegment targets = MemorySegment.NULL;
            long targetStart = 0;
            for (int page : from.slotPages) {
                MemorySegment sources = pages.chunk(page);
                long start = HotPages.start(page);
                for (int i = 0; i < HotPages.PAGE_LONGS; i++) {
                    long slot = sources.get(JAVA_LONG, start + i * 8L);
                    if (slot == 0) {
                        continue;
                    }
                    int target = to.firstSlot(slot >>> UNITS_BITS & TAG_MASK);
                    while (true) {
                        if (target >>> HotPages.PAGE_SHIFT != targetPage) {
                            targetPage = target >>> HotPages.PAGE_SHIFT;
                            targets = pages.chunk(to.slotPages[targetPage]);
                            targetStart = HotPages.start(to.slotPages[targetPage]);
                        }
                        long at = targetStart + (target & HotPages.PAGE_LONGS - 1) * 8L;
                        if (targets.get(JAVA_LONG, at) == 0) {
                            targets.set(JAVA_LONG, at, slot);
                            break;
                        }
                        target = target + 1 == to.slotCount() ? 0 : target + 1;
                    }
                }
            }
        }

        void copyTo(long[] entries) {
            Table t = table;
            int count = 0;
            for (int i = 0; i < t.slotCount(); i++) {
                long slot = pages.get(t.slotPages, i);
                long tag = slot >>> UNITS_BITS & TAG_MASK;
                if (slot != 0 && (slot & CHAINED) == 0) {
                    entries[count++] = Cursor.encode(tag, slot);
                }
                long node = (slot & CHAINED) == 0 ? UNITS_MASK : slot & UNITS_MASK;
                while (node != UNITS_MASK) {
                    long entry = pages.get(t.nodePages, (int) node);
                    entries[count++] = Cursor.encode(tag, entry);
                    node = entry >>> UNITS_BITS & UNITS_MASK;
                }
            }
        }
    }
}
