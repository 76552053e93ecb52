package dev.varve.sync.ethereum;

import java.math.BigInteger;
import java.util.List;

/**
 * What a block pays besides fees: its author, one part more for every uncle it names, and the
 * authors of these uncles, less the older they are (yellow paper, section 11.3). Pure functions.
 */
public final class BlockRewards {

    private static final BigInteger UNCLE_PARTS = BigInteger.valueOf(8);
    private static final BigInteger NEPHEW_PARTS = BigInteger.valueOf(32);

    /** Takes what an address is paid; the array is the receiver's. */
    @FunctionalInterface
    public interface Receiver {
        void credit(byte[] address, BigInteger wei);
    }

    private BlockRewards() {}

    /** Pays the rewards of a block; none after the merge. The author comes last. */
    public static void pay(
            BlockHeader header, List<BlockHeader> uncles, Fork fork, Receiver receiver) {
        BigInteger reward = fork.blockReward();
        if (reward.signum() == 0) {
            return;
        }
        BigInteger authors = reward;
        for (BlockHeader uncle : uncles) {
            long parts = uncle.number() + UNCLE_PARTS.longValue() - header.number();
            receiver.credit(
                    uncle.coinbase(),
                    reward.multiply(BigInteger.valueOf(parts)).divide(UNCLE_PARTS));
            authors = authors.add(reward.divide(NEPHEW_PARTS));
        }
        receiver.credit(header.coinbase(), authors);
    }
}
