package dev.varve.logstore;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of the index that were found to be damaged. They are written again from the log; one
 * for which that is damaged as well is given up, so that it keeps nobody from other work, until
 * somebody has verified the store again. For any thread.
 */
final class DamagedParts {

    private final Set<AutoCloseable> waiting = ConcurrentHashMap.newKeySet();
    private final Set<AutoCloseable> givenUp = ConcurrentHashMap.newKeySet();

    /** Somebody has met the damage; returns whether that is news. */
    boolean add(AutoCloseable part) {
        return isSound(part) && waiting.add(part);
    }

    /** As {@link #add}, of one that is to be tried again even if it was given up. */
    boolean addAgain(AutoCloseable part) {
        givenUp.remove(part);
        return waiting.add(part);
    }

    /** The part was written again. */
    void repaired(AutoCloseable part) {
        waiting.remove(part);
    }

    /** The part cannot be written again, for its part of the log is damaged. */
    void giveUp(AutoCloseable part) {
        givenUp.add(part);
        waiting.remove(part);
    }

    boolean isSound(AutoCloseable part) {
        return !waiting.contains(part) && !givenUp.contains(part);
    }

    /** One of that kind that a view has and that waits, or null. */
    <P extends AutoCloseable> @Nullable P next(Class<P> kind, IndexView view) {
        waiting.removeIf(part -> isGone(part, view));
        givenUp.removeIf(part -> isGone(part, view));
        return waiting.stream().filter(kind::isInstance).map(kind::cast).findAny().orElse(null);
    }

    private static boolean isGone(AutoCloseable part, IndexView view) {
        return !view.keys().contains(part) && !view.heights().contains(part);
    }
}
