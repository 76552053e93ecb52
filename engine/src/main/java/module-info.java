/** The embedding facade: exact deduplication and the parallel block executor. */
module dev.varve.engine {
    requires static org.jspecify;
    requires transitive dev.varve.logstore;
    requires transitive dev.varve.bloom;

    exports dev.varve.engine;
    exports dev.varve.engine.dedup;
    exports dev.varve.engine.exec;
}
