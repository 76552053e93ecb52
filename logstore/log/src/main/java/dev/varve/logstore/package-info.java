/**
 * The segmented log, its indexes and its recovery.
 */
@NullMarked
package dev.varve.logstore;

import org.jspecify.annotations.NullMarked;
