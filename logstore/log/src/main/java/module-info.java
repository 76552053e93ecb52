/** The segmented log and its indexes. */
module dev.varve.logstore {
    requires static org.jspecify;
    requires transitive dev.varve.logstore.io;
    requires dev.varve.bloom;
    requires org.lz4.java;
    requires jdk.jfr;
    // For those who hand over such buffers: the store works without.
    requires static org.agrona;
    requires static chronicle.bytes;
    requires static chronicle.core;

    exports dev.varve.logstore;
    exports dev.varve.logstore.agrona;
    exports dev.varve.logstore.chronicle;
}
