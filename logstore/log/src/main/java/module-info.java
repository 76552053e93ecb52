/** The segmented log and its indexes. */
module dev.varve.logstore {
    requires static org.jspecify;
    requires transitive dev.varve.logstore.io;
    requires dev.varve.bloom;
    requires org.lz4.java;

    exports dev.varve.logstore;
}
