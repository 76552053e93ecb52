/** The hot paths in JMH: absolute times, for people to read. */
@NullMarked
package dev.varve.jmh.suite;

import org.jspecify.annotations.NullMarked;
