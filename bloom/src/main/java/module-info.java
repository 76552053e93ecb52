/** Keyed id hashing; the sharded off-heap Bloom filter builds on it. */
module dev.varve.bloom {
    requires static org.jspecify;
    requires transitive dev.varve.logstore.io;
}
