/**
 * Layouts of everything on disk, as constants. {@code docs/FORMAT.md} gives the meaning; a test
 * compares the two.
 */
@NullMarked
package dev.varve.logstore.format;

import org.jspecify.annotations.NullMarked;
