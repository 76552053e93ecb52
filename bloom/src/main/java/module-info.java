/** Keyed id hashing, and the sharded off-heap Bloom filter on top of it. */
module dev.varve.bloom {
    requires static org.jspecify;
    requires transitive dev.varve.logstore.io;

    exports dev.varve.bloom;
}
