/** Peers to measure against. Never shipped; nothing shipped depends on it. */
module dev.varve.jmh.peers {
    requires static org.jspecify;
}
