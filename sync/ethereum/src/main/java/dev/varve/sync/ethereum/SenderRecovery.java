package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.InvalidSignatureException;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.crypto.SRange;
import dev.varve.sync.ethereum.crypto.Secp256k1;
import dev.varve.sync.ethereum.rlp.RlpWriter;

/**
 * Finds out who sent a transaction. This is the expensive part of importing one, and independent of
 * every other transaction: each thread takes its own instance.
 */
public final class SenderRecovery {

    private final Secp256k1 curve = new Secp256k1();
    private final Keccak256 keccak = new Keccak256();
    private final RlpWriter scratch = new RlpWriter();

    /** A recoverer for one thread. */
    public SenderRecovery() {}

    /** The sender's address; throws {@link InvalidSignatureException} if there is none. */
    public byte[] sender(Transaction transaction, SRange allowed) {
        byte[] signed = transaction.signingHash(keccak, scratch);
        return curve.recoverAddress(signed, transaction.signature(), allowed);
    }
}
