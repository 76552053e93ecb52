/**
 * Layouts of everything on disk, as constants. {@code docs/FORMAT.md} and {@code
 * docs/FORMAT-index.md} give the meaning; a test compares them.
 */
@NullMarked
package dev.varve.logstore.format;

import org.jspecify.annotations.NullMarked;
