package dev.varve.sync.ethereum.crypto;

/** Which values of s a signature may have: s and n - s are both valid for one message. */
public enum SRange {
    /** Both, as in Frontier. */
    ANY,
    /** Only the lower of the two, so that nobody can alter a transaction's id (EIP-2). */
    LOW
}
