/** The storage seam: real files, or a simulated disk that loses power. */
module dev.varve.logstore.io {
    requires static org.jspecify;

    exports dev.varve.logstore.io;
}
