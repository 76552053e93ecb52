package dev.varve.logstore;

/** Which files of the index have a filter, which tells of absent keys that they are absent. */
public enum FilteredRuns {

    /** All but the one from the start of the log, which is mostly the largest. */
    NEWER,

    /**
     * All that are written from now on: for stores that are mostly asked for what they do not have.
     * Costs 1.27 bytes a key more on disk; what it saves is told in
     * docs/decisions/0021-read-path.md.
     */
    ALL
}
