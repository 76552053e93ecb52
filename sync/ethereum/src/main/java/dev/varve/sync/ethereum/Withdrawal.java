package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.rlp.RlpReader;
import java.math.BigInteger;

/** A credit from the consensus layer (EIP-4895). Immutable; its address is not to be changed. */
public final class Withdrawal {

    private static final BigInteger WEI_PER_GWEI = BigInteger.valueOf(1_000_000_000);

    private final long index;
    private final long validator;
    private final byte[] address;
    private final long gwei;

    Withdrawal(RlpReader reader) {
        reader.enterList();
        index = reader.unsignedLong();
        validator = reader.unsignedLong();
        address = reader.bytes(20);
        gwei = reader.unsignedLong();
        reader.leaveList();
    }

    public long index() {
        return index;
    }

    public long validator() {
        return validator;
    }

    public byte[] address() {
        return address;
    }

    /** The amount in wei. */
    public BigInteger amount() {
        return new BigInteger(Long.toUnsignedString(gwei)).multiply(WEI_PER_GWEI);
    }
}
