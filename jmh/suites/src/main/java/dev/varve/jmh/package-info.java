/**
 * The benchmark harness: what it prints, and the command that runs it.
 *
 * <p>Three layers, cheapest first. {@link dev.varve.jmh.counter Counters} are exact on any machine
 * and part of every build. {@link dev.varve.jmh.duel Duels} compare two programs that take turns on
 * one machine and say how sure they are of the ratio. {@link dev.varve.jmh.suite JMH suites} give
 * times for people to read; no gate reads an absolute time.
 */
@NullMarked
package dev.varve.jmh;

import org.jspecify.annotations.NullMarked;
