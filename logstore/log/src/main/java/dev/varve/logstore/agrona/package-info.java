/**
 * Agrona's buffers in and out of a log store without a copy. Needs Agrona on the path, which no
 * other package does.
 */
@NullMarked
package dev.varve.logstore.agrona;

import org.jspecify.annotations.NullMarked;
