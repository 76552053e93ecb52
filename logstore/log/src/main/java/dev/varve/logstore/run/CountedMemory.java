package dev.varve.logstore.run;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes arenas and counts the native memory that they hold at the moment, so that what work takes
 * for a while can be reported. For any thread; each arena is closed by whoever asked for it.
 */
public final class CountedMemory {

    private final AtomicLong held = new AtomicLong();

    /** A shared arena, counted until it is closed. */
    public Arena arena() {
        return new CountedArena(held);
    }

    /** Bytes that arenas hold which are not closed yet. */
    public long bytes() {
        return held.get();
    }

    /** An arena that tells what it gives. */
    private static final class CountedArena implements Arena {
        private final Arena arena = Arena.ofShared();
        private final AtomicLong held;
        private final AtomicLong bytes = new AtomicLong();

        CountedArena(AtomicLong held) {
            this.held = held;
        }

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            MemorySegment memory = arena.allocate(byteSize, byteAlignment);
            bytes.addAndGet(byteSize);
            held.addAndGet(byteSize);
            return memory;
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {
            arena.close();
            held.addAndGet(-bytes.getAndSet(0));
        }
    }
}
