/**
 * Test fixtures: a simulated disk that loses power, tears writes and fails on demand.
 */
@NullMarked
package dev.varve.logstore.io.sim;

import org.jspecify.annotations.NullMarked;
