/**
 * Two programs that take turns on one machine, and an honest interval for the ratio of their times.
 */
@NullMarked
package dev.varve.jmh.duel;

import org.jspecify.annotations.NullMarked;
