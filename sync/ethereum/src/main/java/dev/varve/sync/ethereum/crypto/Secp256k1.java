package dev.varve.sync.ethereum.crypto;

import java.math.BigInteger;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECFieldElement;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * Signing and key recovery on the curve secp256k1, over BouncyCastle.
 *
 * <p>Signing is deterministic (RFC 6979 with SHA-256). It is not constant in time: the keys it is
 * meant for are those of generated chains and tests. Recovery (SEC 1, section 4.1.6) needs one
 * square root and one double multiplication: Shamir's trick over the curve's endomorphism.
 *
 * <p>Used by one thread at a time, for the hash it holds; instances share nothing mutable but
 * BouncyCastle's table of multiples of the base point, which is filled under its own lock.
 */
public final class Secp256k1 {

    /** Length of an address in bytes. */
    public static final int ADDRESS_LENGTH = 20;

    private static final int FIELD_LENGTH = 32;

    private final ECCurve curve;
    private final ECPoint base;
    private final BigInteger order;
    private final BigInteger halfOrder;
    private final ECMultiplier baseMultiplier = new FixedPointCombMultiplier();
    private final Keccak256 keccak = new Keccak256();

    /** A signer and recoverer. */
    public Secp256k1() {
        X9ECParameters parameters = CustomNamedCurves.getByName("secp256k1");
        curve = parameters.getCurve();
        base = parameters.getG();
        order = parameters.getN();
        halfOrder = order.shiftRight(1);
    }

    /** Signs a 32-byte hash; the s of the result is low. */
    public Signature sign(byte[] hash, BigInteger privateKey) {
        checkKey(privateKey);
        BigInteger e = new BigInteger(1, hash);
        HMacDSAKCalculator nonces = new HMacDSAKCalculator(new SHA256Digest());
        nonces.init(order, privateKey, hash);
        while (true) {
            BigInteger k = nonces.nextK();
            ECPoint point = baseMultiplier.multiply(base, k).normalize();
            BigInteger x = point.getAffineXCoord().toBigInteger();
            // An x of the order or more has no recovery id in a transaction. None is known.
            if (x.signum() == 0 || x.compareTo(order) >= 0) {
                continue;
            }
            BigInteger s = inverse(k).multiply(e.add(privateKey.multiply(x))).mod(order);
            if (s.signum() == 0) {
                continue;
            }
            int yParity = point.getAffineYCoord().testBitZero() ? 1 : 0;
            return s.compareTo(halfOrder) > 0
                    ? new Signature(x, order.subtract(s), 1 - yParity)
                    : new Signature(x, s, yParity);
        }
    }

    /** The address of the key that made the signature, or {@link InvalidSignatureException}. */
    public byte[] recoverAddress(byte[] hash, Signature signature, SRange allowed) {
        if (allowed == SRange.LOW && signature.s().compareTo(halfOrder) > 0) {
            throw new InvalidSignatureException("s is in the upper half of its range");
        }
        return addressOf(recover(hash, signature));
    }

    /** The public key that made the signature, x and y in 64 bytes. */
    public byte[] recoverKey(byte[] hash, Signature signature) {
        return encode(recover(hash, signature));
    }

    /** The address of a private key. */
    public byte[] address(BigInteger privateKey) {
        checkKey(privateKey);
        return addressOf(baseMultiplier.multiply(base, privateKey).normalize());
    }

    private ECPoint recover(byte[] hash, Signature signature) {
        BigInteger r = signature.r();
        BigInteger s = signature.s();
        checkScalar("r", r);
        checkScalar("s", s);
        BigInteger inverse = inverse(r);
        BigInteger e = new BigInteger(1, hash);
        BigInteger ofBase = order.subtract(e.mod(order)).multiply(inverse).mod(order);
        BigInteger ofPoint = s.multiply(inverse).mod(order);
        ECPoint key =
                ECAlgorithms.sumOfTwoMultiplies(
                                base, ofBase, point(r, signature.yParity()), ofPoint)
                        .normalize();
        if (key.isInfinity()) {
            throw new InvalidSignatureException("the key would be the point at infinity");
        }
        return key;
    }

    /** The point with the given x whose y has the given parity: y^2 = x^3 + 7. */
    private ECPoint point(BigInteger x, int yParity) {
        ECFieldElement fieldX = curve.fromBigInteger(x);
        ECFieldElement y = fieldX.square().multiply(fieldX).add(curve.getB()).sqrt();
        if (y == null) {
            throw new InvalidSignatureException("r is not the x of a point of the curve");
        }
        if (y.testBitZero() != (yParity == 1)) {
            y = y.negate();
        }
        return curve.createPoint(x, y.toBigInteger());
    }

    private byte[] addressOf(ECPoint key) {
        byte[] encoded = encode(key);
        byte[] hash = keccak.hash(encoded);
        byte[] address = new byte[ADDRESS_LENGTH];
        System.arraycopy(hash, hash.length - ADDRESS_LENGTH, address, 0, ADDRESS_LENGTH);
        return address;
    }

    private static byte[] encode(ECPoint key) {
        byte[] encoded = new byte[2 * FIELD_LENGTH];
        key.getAffineXCoord().encodeTo(encoded, 0);
        key.getAffineYCoord().encodeTo(encoded, FIELD_LENGTH);
        return encoded;
    }

    private BigInteger inverse(BigInteger scalar) {
        return BigIntegers.modOddInverseVar(order, scalar);
    }

    private void checkScalar(String name, BigInteger scalar) {
        if (scalar.signum() <= 0 || scalar.compareTo(order) >= 0) {
            throw new InvalidSignatureException(name + " is not between 1 and the curve's order");
        }
    }

    private void checkKey(BigInteger privateKey) {
        if (privateKey.signum() <= 0 || privateKey.compareTo(order) >= 0) {
            throw new IllegalArgumentException("private key out of range");
        }
    }
}
