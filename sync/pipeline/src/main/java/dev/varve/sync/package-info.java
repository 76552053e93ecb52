/**
 * Staged sync: stages, their order, and the runner that alone commits.
 */
@NullMarked
package dev.varve.sync;

import org.jspecify.annotations.NullMarked;
