/**
 * Keccak-256 and the secp256k1 signatures of transactions, over BouncyCastle.
 */
@NullMarked
package dev.varve.sync.ethereum.crypto;

import org.jspecify.annotations.NullMarked;
