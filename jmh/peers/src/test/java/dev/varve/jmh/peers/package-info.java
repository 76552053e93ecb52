/** Tests of the peers; those that open a store do so in a process of its own. */
@NullMarked
package dev.varve.jmh.peers;

import org.jspecify.annotations.NullMarked;
