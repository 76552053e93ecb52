/** A store of any size, from its first record to cold lookups: what a store costs at scale. */
@NullMarked
package dev.varve.jmh.scale;

import org.jspecify.annotations.NullMarked;
