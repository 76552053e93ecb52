@NullMarked
package dev.varve.jmh.latency;

import org.jspecify.annotations.NullMarked;
