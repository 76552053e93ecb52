/**
 * Test fixtures: what every stage must keep, as tests to inherit, and a power cut at every call of
 * a pipeline's life.
 */
@NullMarked
package dev.varve.sync.contract;

import org.jspecify.annotations.NullMarked;
