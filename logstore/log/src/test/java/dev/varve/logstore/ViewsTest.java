package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a view refers to stays open as long as somebody uses that view or an older one. */
final class ViewsTest {

    private static IndexView view(long number) {
        return new IndexView(number, List.of(), List.of(), List.of());
    }

    @Test
    void shouldCloseWhatIsUnneededOnlyWhenNobodyUsesAnOlderView() {
        Views views = new Views(view(1), ReadCheck.CHECKSUM);
        AtomicBoolean closed = new AtomicBoolean();
        AutoCloseable resource = () -> closed.set(true);
        Views.Slot old = views.borrow();
        views.publish(view(2), List.of(resource));
        Views.Slot later = views.borrow();
        assertEquals(1, old.view().number());
        assertEquals(2, later.view().number());
        assertEquals(List.of(), views.reap());
        assertFalse(closed.get());
        views.giveBack(old);
        assertEquals(List.of(resource), views.reap());
        assertTrue(closed.get());
        views.giveBack(later);
        assertEquals(0, views.retiredCount());
    }

    /** As an arena whose memory is being copied refuses to be closed. */
    private static final class InUse implements AutoCloseable {
        private boolean inUse = true;

        @Override
        public void close() {
            if (inUse) {
                throw new IllegalStateException("in use");
            }
        }
    }

    @Test
    void shouldLeaveWhatIsStillInUseForTheNextTime() {
        Views views = new Views(view(1), ReadCheck.CHECKSUM);
        InUse kept = new InUse();
        AutoCloseable other = () -> {};
        views.publish(view(2), List.of(kept, other));
        assertEquals(List.of(other), views.reap());
        assertEquals(List.of(kept), views.retired());
        kept.inUse = false;
        assertEquals(List.of(kept), views.reap());
        assertEquals(0, views.retiredCount());
    }

    @Test
    void shouldCloseAllOthersWhenOneIsStillInUse() {
        Views views = new Views(view(1), ReadCheck.CHECKSUM);
        AtomicBoolean closed = new AtomicBoolean();
        AutoCloseable other = () -> closed.set(true);
        views.publish(view(2), List.of(new InUse(), other));
        assertThrows(IllegalStateException.class, views::close);
        assertTrue(closed.get());
    }

    @Test
    void shouldUseSlotsAgain() {
        Views views = new Views(view(1), ReadCheck.CHECKSUM);
        Views.Slot one = views.borrow();
        Views.Slot two = views.borrow();
        assertNotSame(one, two);
        views.giveBack(one);
        assertSame(one, views.borrow());
        views.giveBack(two);
        assertSame(two, views.borrow());
    }

    /** Like a part of an index: nobody may use it when it is closed. */
    private static final class Part implements HeightPart {
        private volatile boolean closed;

        @Override
        public long start() {
            return 0;
        }

        @Override
        public long end() {
            return 1;
        }

        @Override
        public long findBelow(int table, long height, long bound) {
            return closed ? 1 : 0;
        }

        @Override
        public long nextHeight(int table, long from, long bound) {
            return 0;
        }

        @Override
        public long lastHeight(int table, long bound) {
            return 0;
        }

        @Override
        public dev.varve.logstore.run.HeightCursor cursor() {
            throw new AssertionError("not written");
        }

        @Override
        public String fileName() {
            return "part";
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void shouldNeverCloseAPartUnderAReader() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicBoolean done = new AtomicBoolean();
        Part first = new Part();
        IndexView view = new IndexView(1, List.of(), List.of(), List.of(first));
        Views views = new Views(view, ReadCheck.CHECKSUM);
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread reader = new Thread(() -> readUntil(done, views, failure));
            readers.add(reader);
            reader.start();
        }
        Part last = first;
        for (long number = 2; number < 60_000 && failure.get() == null; number++) {
            Part next = new Part();
            views.publish(
                    new IndexView(number, List.of(), List.of(), List.of(next)), List.of(last));
            views.reap();
            last = next;
        }
        done.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertEquals(null, failure.get());
        views.reap();
        assertEquals(0, views.retiredCount());
    }

    private static void readUntil(
            AtomicBoolean done, Views views, AtomicReference<Throwable> failure) {
        try {
            while (!done.get()) {
                Views.Slot slot = views.borrow();
                for (int i = 0; i < 20; i++) {
                    assertEquals(0, slot.view().heights(0).findBelow(1, 1, 1), "closed");
                }
                views.giveBack(slot);
            }
        } catch (Throwable t) {
            failure.set(t);
        }
    }
}
