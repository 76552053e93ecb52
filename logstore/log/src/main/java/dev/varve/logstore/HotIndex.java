package dev.varve.logstore;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The records of one segment by the hash of their key: off-heap, 8 bytes for each key at a load of
 * at most 3/4, and 8 more for each further version.
 *
 * <p>256 stripes by the hash's first byte, each an open-addressed table of 64-byte buckets of eight
 * slots. A slot holds the 39 hash bits behind the stripe's and the newest record's offset in units
 * of 16 bytes; once a key has a second version, it holds the index of a chain node instead, so that
 * a key that is written a million times costs no longer probes.
 *
 * <p>Threads: writers of a stripe exclude each other by its monitor; readers take no lock. A reader
 * sees every entry added before the watermark it read was published: the slot is written with
 * release order before, and read with acquire order after. A table that grows is copied and
 * published anew; the old one stays readable.
 */
final class HotIndex {

    static final long NONE = -1;

    private static final VarHandle SLOT = JAVA_LONG.varHandle();

    private static final int STRIPES = 256;
    private static final int SLOTS_PER_BUCKET = 8;
    private static final int BUCKET_BYTES = SLOTS_PER_BUCKET * Long.BYTES;
    private static final int INITIAL_BUCKETS = 2;
    private static final int INITIAL_NODES = 8;

    private static final int UNITS_BITS = 24;
    private static final long UNITS_MASK = (1L << UNITS_BITS) - 1;
    private static final int TAG_BITS = 39;
    private static final long TAG_MASK = (1L << TAG_BITS) - 1;
    private static final int STRIPE_SHIFT = 56;
    private static final int TAG_SHIFT = STRIPE_SHIFT - TAG_BITS;

    /** Set in a slot whose low bits are a chain node's index. */
    private static final long CHAINED = 1L << 63;

    private final Arena arena;
    private final Stripe[] stripes = new Stripe[STRIPES];

    /** The tables are allocated from {@code arena} and live as long as it does. */
    HotIndex(Arena arena) {
        this.arena = arena;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** Adds a record; offsets of one hash must be added in ascending order. */
    void add(long hash, long offset) {
        Stripe stripe = stripes[(int) (hash >>> STRIPE_SHIFT)];
        synchronized (stripe) {
            stripe.add(hash >>> TAG_SHIFT & TAG_MASK, offset >>> 4);
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
                count += stripe.keys + stripe.olderVersions();
            }
        }
        return count;
    }

    /** Hands every offset to {@code sink}, in no order; writers wait for a stripe meanwhile. */
    void forEachOffset(java.util.function.LongConsumer sink) {
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                stripe.forEachUnits(units -> sink.accept(units << 4));
            }
        }
    }

    /** Bytes of native memory held, retired tables included. */
    long memoryBytes() {
        long bytes = 0;
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                bytes += stripe.allocatedBytes;
            }
        }
        return bytes;
    }

    /** What a reader needs of a stripe, published as one. */
    private record Slots(MemorySegment memory, long mask, MemorySegment nodes, long nodeCapacity) {

        long firstSlot(long tag) {
            int bits = Long.numberOfTrailingZeros(mask + 1);
            return (tag >>> (TAG_BITS - bits)) * SLOTS_PER_BUCKET;
        }

        long slot(long index) {
            return (long) SLOT.getAcquire(memory, index * Long.BYTES);
        }

        long slotCount() {
            return (mask + 1) * SLOTS_PER_BUCKET;
        }
    }

    private final class Stripe {
        private volatile Slots slots = new Slots(MemorySegment.NULL, -1, MemorySegment.NULL, 0);
        private long keys;
        private long nodeCount;
        private long chains;
        private long allocatedBytes;

        void add(long tag, long units) {
            Slots s = slots;
            if (s.mask < 0 || (keys + 1) * 4 > s.slotCount() * 3) {
                s = grow(s);
            }
            long index = find(s, tag);
            long slot = s.slot(index);
            if (slot == 0) {
                keys++;
                SLOT.setRelease(s.memory, index * Long.BYTES, tag << UNITS_BITS | units);
                return;
            }
            long older;
            if ((slot & CHAINED) == 0) {
                chains++;
                older = addNode(slot & UNITS_MASK, UNITS_MASK);
            } else {
                older = slot & UNITS_MASK;
            }
            long node = addNode(units, older);
            SLOT.setRelease(s.memory, index * Long.BYTES, CHAINED | tag << UNITS_BITS | node);
        }

        long findBelow(long tag, long boundUnits) {
            Slots s = slots;
            if (s.mask < 0) {
                return NONE;
            }
            long slot = s.slot(find(s, tag));
            if (slot == 0) {
                return NONE;
            }
            if ((slot & CHAINED) == 0) {
                long units = slot & UNITS_MASK;
                return units < boundUnits ? units : NONE;
            }
            long node = slot & UNITS_MASK;
            if (node >= s.nodeCapacity) {
                s = slots; // the nodes grew between the two reads
            }
            while (node != UNITS_MASK) {
                long value = s.nodes.get(JAVA_LONG, node * Long.BYTES);
                long units = value & UNITS_MASK;
                if (units < boundUnits) {
                    return units;
                }
                node = value >>> UNITS_BITS;
            }
            return NONE;
        }

        /** Index of the slot of this tag, or of the empty slot where it belongs. */
        private static long find(Slots s, long tag) {
            long index = s.firstSlot(tag);
            long count = s.slotCount();
            while (true) {
                long slot = s.slot(index);
                if (slot == 0 || (slot >>> UNITS_BITS & TAG_MASK) == tag) {
                    return index;
                }
                index = index + 1 == count ? 0 : index + 1;
            }
        }

        private long addNode(long units, long older) {
            Slots s = slots;
            if (nodeCount == s.nodeCapacity) {
                long capacity = Math.max(INITIAL_NODES, 2 * s.nodeCapacity);
                MemorySegment nodes = allocate(capacity * Long.BYTES, Long.BYTES);
                MemorySegment.copy(s.nodes, 0, nodes, 0, nodeCount * Long.BYTES);
                slots = s = new Slots(s.memory, s.mask, nodes, capacity);
            }
            s.nodes.set(JAVA_LONG, nodeCount * Long.BYTES, older << UNITS_BITS | units);
            return nodeCount++;
        }

        private Slots grow(Slots s) {
            long buckets = s.mask < 0 ? INITIAL_BUCKETS : 2 * (s.mask + 1);
            MemorySegment memory = allocate(buckets * BUCKET_BYTES, BUCKET_BYTES);
            Slots larger = new Slots(memory, buckets - 1, s.nodes, s.nodeCapacity);
            for (long i = 0; i < s.slotCount(); i++) {
                long slot = s.slot(i);
                if (slot != 0) {
                    long target = find(larger, slot >>> UNITS_BITS & TAG_MASK);
                    SLOT.set(memory, target * Long.BYTES, slot);
                }
            }
            slots = larger;
            return larger;
        }

        private MemorySegment allocate(long bytes, long alignment) {
            allocatedBytes += bytes;
            return arena.allocate(bytes, alignment);
        }

        /** Chain nodes that are not the one version a slot would hold anyway. */
        long olderVersions() {
            return nodeCount - chains;
        }

        void forEachUnits(java.util.function.LongConsumer sink) {
            Slots s = slots;
            for (long i = 0; i < s.slotCount(); i++) {
                long slot = s.slot(i);
                if (slot != 0 && (slot & CHAINED) == 0) {
                    sink.accept(slot & UNITS_MASK);
                }
            }
            for (long i = 0; i < nodeCount; i++) {
                sink.accept(s.nodes.get(JAVA_LONG, i * Long.BYTES) & UNITS_MASK);
            }
        }
    }
}
