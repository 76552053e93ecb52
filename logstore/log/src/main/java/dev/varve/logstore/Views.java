package dev.varve.logstore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The current {@link IndexView}, and the readers that are inside of it or of older ones.
 *
 * <p>A reader borrows a slot, which names the view that it uses (a hazard pointer: Michael, "Hazard
 * Pointers: Safe Memory Reclamation for Lock-Free Objects", 2004). It names the view, then looks
 * whether that is still the current one; a writer sets the current view, then looks at the slots.
 * So either the reader sees the new view, or the writer sees that the old one is in use. What a new
 * view no longer needs is closed once no slot names an older one.
 *
 * <p>Threads: any borrows, without a lock or an allocation but when more read at a time than ever
 * before. Closed by the store, when nobody is inside any more.
 */
final class Views implements AutoCloseable {

    private static final VarHandle VIEW = viewHandle();

    /** Between two looks at whether the last reader has gone, which is rare and soon. */
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private final ReadCheck check;
    private volatile IndexView current;
    private volatile Slot[] slots = {};

    // Under the monitor.
    private final List<Retired> retired = new ArrayList<>();

    Views(IndexView first, ReadCheck check) {
        current = first;
        this.check = check;
    }

    private static VarHandle viewHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Slot.class, "view", IndexView.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    IndexView current() {
        return current;
    }

    /** A slot whose view stays open until it is given back. */
    Slot borrow() {
        IndexView view = current;
        Slot slot = claim(view);
        slot.owner = Thread.currentThread();
        while (current != view) {
            view = current;
            slot.view = view;
        }
        return slot;
    }

    void giveBack(Slot slot) {
        slot.owner = null;
        VIEW.setRelease(slot, null);
    }

    /** Whether this thread has a slot: it must not wait for all slots then. */
    boolean isInside() {
        Thread thread = Thread.currentThread();
        for (Slot slot : slots) {
            if (slot.view != null && thread.equals(slot.owner)) {
                return true;
            }
        }
        return false;
    }

    /** Returns when every slot was given back; nobody borrows one any more. */
    void awaitReaders() {
        boolean interrupted = false;
        while (oldestInUse() != Long.MAX_VALUE) {
            LockSupport.parkNanos(this, PAUSE_NS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A free slot, looked for from a place that depends on the thread. */
    private Slot claim(IndexView view) {
        Slot[] all = slots;
        int at = all.length == 0 ? 0 : (int) (Thread.currentThread().threadId() % all.length);
        for (int i = 0; i < all.length; i++) {
            Slot slot = all[at];
            if (slot.view == null && VIEW.compareAndSet(slot, null, view)) {
                return slot;
            }
            at = at + 1 == all.length ? 0 : at + 1;
        }
        return add(view);
    }

    private synchronized Slot add(IndexView view) {
        Slot slot = new Slot(new RecordReader(check));
        slot.view = view;
        Slot[] more = Arrays.copyOf(slots, slots.length + 1);
        more[slots.length] = slot;
        slots = more;
        return slot;
    }

    /**
     * Makes a view the current one.
     *
     * @param unneeded what the view before referred to and this one does not; closed when nobody
     *     uses it
     */
    synchronized void publish(IndexView next, List<? extends AutoCloseable> unneeded) {
        long last = current.number();
        assert next.number() > last;
        current = next;
        for (AutoCloseable resource : unneeded) {
            retired.add(new Retired(last, resource));
        }
    }

    /**
     * Closes what nobody uses any more, and returns it. Memory that somebody has kept behind his
     * call, and is inside of now, stays until he is not.
     */
    synchronized List<AutoCloseable> reap() {
        long oldest = oldestInUse();
        List<AutoCloseable> closed = new ArrayList<>();
        for (Iterator<Retired> all = retired.iterator(); all.hasNext(); ) {
            Retired one = all.next();
            if (one.lastView < oldest && isClosed(one.resource)) {
                all.remove();
                closed.add(one.resource);
            }
        }
        return closed;
    }

    /** Tries to close; false if an arena says that its memory is being copied or summed. */
    private static boolean isClosed(AutoCloseable resource) {
        try {
            close(resource);
            return true;
        } catch (IllegalStateException inUse) {
            return false;
        }
    }

    /** Number of the oldest view that a slot names. */
    private long oldestInUse() {
        long oldest = Long.MAX_VALUE;
        for (Slot slot : slots) {
            IndexView view = slot.view;
            if (view != null) {
                oldest = Math.min(oldest, view.number());
            }
        }
        return oldest;
    }

    /** How many things wait for readers that still use them. */
    synchronized int retiredCount() {
        return retired.size();
    }

    /** What waits for readers that still use it. */
    synchronized List<AutoCloseable> retired() {
        return retired.stream().map(Retired::resource).toList();
    }

    /** Native memory that readers keep for the next read. */
    long readerMemoryBytes() {
        long bytes = 0;
        for (Slot slot : slots) {
            bytes += slot.reader.memoryBytes();
        }
        return bytes;
    }

    /**
     * Closes everything that the current view refers to, and what is retired; all of it, whatever
     * one of them throws, which is thrown at the end.
     */
    @Override
    public synchronized void close() {
        List<Object> all = new ArrayList<>();
        retired.forEach(r -> all.add(r.resource));
        retired.clear();
        all.addAll(current.keys());
        all.addAll(current.heights());
        all.addAll(current.segments());
        RuntimeException first = null;
        for (Object resource : all) {
            try {
                if (resource instanceof AutoCloseable closeable) {
                    close(closeable);
                }
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("nothing here throws a checked exception", e);
        }
    }

    /** What no view behind {@code lastView} refers to. */
    private record Retired(long lastView, AutoCloseable resource) {}

    /** A reader, and the view that it uses while it is borrowed. */
    static final class Slot {
        private final RecordReader reader;
        private volatile @Nullable IndexView view;

        /** Who has borrowed it; each thread must only find itself in here. */
        private @Nullable Thread owner;

        private Slot(RecordReader reader) {
            this.reader = reader;
        }

        RecordReader reader() {
            return reader;
        }

        /** The view, of a slot that is borrowed. */
        IndexView view() {
            IndexView used = view;
            if (used == null) {
                throw new IllegalStateException("the slot was given back");
            }
            return used;
        }
    }
}
