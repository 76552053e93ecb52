/** How long single operations take while they come at a fixed rate. */
@NullMarked
package dev.varve.jmh.latency;

import org.jspecify.annotations.NullMarked;
