package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/** A shared arena of which each allocation is told first, by its length, to who may refuse it. */
final class WatchedArena implements Arena {

    private final Arena arena = Arena.ofShared();
    private final LongConsumer watcher;

    WatchedArena(LongConsumer watcher) {
        this.watcher = watcher;
    }

    @Override
    public MemorySegment allocate(long length, long alignment) {
        watcher.accept(length);
        return arena.allocate(length, alignment);
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
