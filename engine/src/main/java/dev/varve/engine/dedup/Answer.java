package dev.varve.engine.dedup;

/** What a {@link DuplicateGate} says of one id. */
public enum Answer {

    /** The id is not there. Only questions are answered so, never additions. */
    ABSENT,

    /** The id was there before, and that is durable; or it stands earlier in the same request. */
    DUPLICATE,

    /** The id was not there, and is reserved: it is added once the reservation's batch commits. */
    RESERVED,

    /** The id was not there, and now it is, durably. Of all who added it, one was told this. */
    ADDED,

    /** Another reservation, not yet settled, holds the id: it may become a duplicate or free. */
    CONTENDED
}
