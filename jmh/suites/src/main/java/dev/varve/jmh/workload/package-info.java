/**
 * The hot paths as programs that can be run by anything: counted, duelled, timed at a fixed rate,
 * or put into JMH. One place says what "a get that hits" is.
 */
@NullMarked
package dev.varve.jmh.workload;

import org.jspecify.annotations.NullMarked;
