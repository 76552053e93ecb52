package dev.varve.sync;

import org.jspecify.annotations.Nullable;

/**
 * The chain that a run is to reach, as its source knows it. Called by the thread inside {@link
 * Pipeline#run}, before the first step.
 */
public interface SyncTarget {

    /** Height of the last item; -1 if there is none. */
    long head();

    /** Id of the item at a height, or null if the source cannot tell. */
    @Nullable ItemId idAt(long height);
}
