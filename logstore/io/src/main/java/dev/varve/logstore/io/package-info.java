/**
 * The storage seam: everything that Varve asks of a disk, in about fifteen calls.
 *
 * <p>{@link dev.varve.logstore.io.Storage} is one flat directory; {@code
 * FileStorage} is the real one, and the test fixtures hold a simulated disk
 * that loses power. Nothing above this package opens a file by itself, so that every crash and
 * every fault can be tested.
 *
 * <p>All types are safe for use by many threads unless they say otherwise. Errors of the world are
 * {@link dev.varve.logstore.io.StorageException}s that name the file and the offset.
 */
@NullMarked
package dev.varve.logstore.io;

import org.jspecify.annotations.NullMarked;
