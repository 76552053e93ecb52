/**
 * The stores that Varve is measured against, on identical data. Nothing shipped ever depends on
 * this module.
 *
 * <p>{@link dev.varve.jmh.peers.PeersCommand} starts one process for each store, so that neither a
 * crash nor a JVM flag of one touches the others; what runs there is {@link
 * dev.varve.jmh.peers.PeerRun}. Each store is behind {@link dev.varve.jmh.peers.PeerStore}, and
 * {@link dev.varve.jmh.peers.Peer} says what it promises and checks: figures of stores that promise
 * less are no bargain.
 */
@NullMarked
package dev.varve.jmh.peers;

import org.jspecify.annotations.NullMarked;
