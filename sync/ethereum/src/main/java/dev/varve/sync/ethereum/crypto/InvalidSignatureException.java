package dev.varve.sync.ethereum.crypto;

/** A signature that no key can have made, or that the rules asked for do not allow. */
public final class InvalidSignatureException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InvalidSignatureException(String message) {
        super(message);
    }
}
