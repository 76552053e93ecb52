/**
 * Counters that are exact on any machine, and the budgets they are held to in every build.
 */
@NullMarked
package dev.varve.jmh.counter;

import org.jspecify.annotations.NullMarked;
