/**
 * Chronicle's bytes in and out of a log store without a copy. Needs Chronicle Bytes on the path,
 * which no other package does.
 */
@NullMarked
package dev.varve.logstore.chronicle;

import org.jspecify.annotations.NullMarked;
