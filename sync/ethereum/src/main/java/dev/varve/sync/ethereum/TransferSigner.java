package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.crypto.Secp256k1;
import dev.varve.sync.ethereum.crypto.Signature;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;

/**
 * Makes signed plain transfers, without a type and bound to one chain (EIP-155). For one thread.
 */
public final class TransferSigner {

    /** Gas of a transfer without data. */
    public static final long GAS = 21_000;

    private static final BigInteger PROTECTED_V = BigInteger.valueOf(35);

    private final BigInteger chainId;
    private final Secp256k1 curve = new Secp256k1();
    private final Keccak256 keccak = new Keccak256();
    private final RlpWriter writer = new RlpWriter();

    /** A signer of transfers on the given chain. */
    public TransferSigner(BigInteger chainId) {
        this.chainId = chainId;
    }

    /** The envelope of a transfer of so many wei, at a price in wei per unit of gas. */
    public byte[] sign(
            long nonce, BigInteger gasPrice, byte[] to, BigInteger value, BigInteger privateKey) {
        startList(nonce, gasPrice, to, value);
        writer.integer(chainId).integer(0).integer(0).endList();
        byte[] hash = new byte[Keccak256.LENGTH];
        keccak.hash(writer.buffer(), 0, writer.length(), hash, 0);
        Signature signature = curve.sign(hash, privateKey);
        BigInteger v = chainId.shiftLeft(1).add(PROTECTED_V);
        startList(nonce, gasPrice, to, value);
        return writer.integer(v.add(BigInteger.valueOf(signature.yParity())))
                .integer(signature.r())
                .integer(signature.s())
                .endList()
                .toByteArray();
    }

    private void startList(long nonce, BigInteger gasPrice, byte[] to, BigInteger value) {
        writer.reset()
                .startList()
                .integer(nonce)
                .integer(gasPrice)
                .integer(GAS)
                .string(to)
                .integer(value)
                .string(new byte[0]);
    }
}
