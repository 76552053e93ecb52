/** The storage seam: real files, or a simulated disk that loses power. */
module dev.varve.logstore.io {
    requires static jdk.unsupported; // for reads past the page cache, which can be done without
    requires static org.jspecify;

    exports dev.varve.logstore.io;
}
