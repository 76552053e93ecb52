/** The segmented log and its indexes. */
module dev.varve.logstore {
    requires static org.jspecify;
    requires transitive dev.varve.logstore.io;
    requires dev.varve.bloom;

    exports dev.varve.logstore;
}
