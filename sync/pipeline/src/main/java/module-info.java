/** The staged-sync pipeline: stages, their order, and the runner that alone commits. */
module dev.varve.sync {
    requires static org.jspecify;
    requires transitive dev.varve.logstore;
    requires transitive dev.varve.engine;

    exports dev.varve.sync;
}
