/**
 * Benchmark suites. Nothing is built here yet; the contract of what comes is this: every hot path
 * listed in ARCHITECTURE.md has a suite, every suite a budget, and no gate reads an absolute time.
 */
@NullMarked
package dev.varve.jmh;

import org.jspecify.annotations.NullMarked;
