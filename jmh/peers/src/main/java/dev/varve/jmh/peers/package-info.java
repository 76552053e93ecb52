/**
 * The stores that Varve is measured against, on identical data. Nothing is built here yet; nothing
 * shipped ever depends on this module.
 */
@NullMarked
package dev.varve.jmh.peers;

import org.jspecify.annotations.NullMarked;
