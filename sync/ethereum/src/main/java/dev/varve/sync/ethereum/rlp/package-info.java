/**
 * Recursive length prefix, the encoding of everything that Ethereum hashes: a strict reader and a
 * writer, both over plain arrays and without an object per item.
 *
 * <p>The encoding (Ethereum yellow paper, appendix B): a byte below 0x80 is itself; a string of up
 * to 55 bytes has one byte of header, 0x80 + length; a longer one 0xb7 + the number of length
 * bytes, then the length, big-endian. Lists are the same with 0xc0 and 0xf7. Only the shortest
 * header is valid, so that every value has one encoding and thus one hash.
 */
@NullMarked
package dev.varve.sync.ethereum.rlp;

import org.jspecify.annotations.NullMarked;
