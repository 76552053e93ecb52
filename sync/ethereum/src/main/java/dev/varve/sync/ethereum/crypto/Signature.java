package dev.varve.sync.ethereum.crypto;

import java.math.BigInteger;

/**
 * An ECDSA signature with what it takes to recover the key. Not checked: the numbers are as they
 * were found in a transaction.
 *
 * @param yParity 0 or 1: whether the y coordinate of the signature's point is odd
 */
public record Signature(BigInteger r, BigInteger s, int yParity) {}
