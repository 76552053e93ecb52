package dev.varve.logstore.io.sim;

/**
 * What a power cut leaves of work that was not forced.
 *
 * <p>In every model, what was forced survives: a name that a directory force covered, unless it was
 * renamed, replaced or deleted after it, and each byte that a force of its file covered, unless it was
 * written or cut off again after it. A byte that an un-forced truncation cut off counts as written
 * again, with zero, because file systems clear the rest of the last page before they note the new
 * length.
 *
 * <p>Un-forced bytes are lost by pages of 4,096 bytes. A page that several un-forced writes touched may
 * come back as after any one of them, never with a later write and without an earlier one, because the
 * page cache holds one copy of it. Only {@link #TORN} and {@link #GARBAGE} break pages up. Lengths are
 * metadata: models that choose at random choose the length by itself, among all that the file had
 * since its last force.
 */
public enum CrashModel {
    /** Nothing that was not forced survives: neither bytes, nor lengths, nor names. */
    LOSE_ALL,
    /** Everything survives, as after a kill of the process alone. */
    KEEP_ALL,
    /**
     * Everything up to one random moment survives, over all files and names, and nothing after it. A
     * write that the moment falls into ends at a sector of 512 bytes.
     */
    PREFIX,
    /** Each un-forced page comes back as after any of its writes, or as before all; names survive. */
    RANDOM_4K,
    /**
     * As {@link #RANDOM_4K}, but each sector of 512 bytes of a page chooses by itself, and one sector
     * is a mix of two versions that meet at a multiple of 8 bytes.
     */
    TORN,
    /**
     * As {@link #RANDOM_4K}, but a page may also come back with random bytes wherever un-forced writes
     * touched it.
     */
    GARBAGE,
    /** Lengths survive where they grew, contents do not: new bytes are zero. Names survive. */
    GROWN_ZERO,
    /**
     * Operations on names survive up to a random one, in order. Each file's bytes survive whole or as
     * by {@link #RANDOM_4K}.
     */
    DIR_LOSS,
    /** As {@link #DIR_LOSS}, but any operation on names may be missing; a renaming stays atomic. */
    DIR_REORDER
}
