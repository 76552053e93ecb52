package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.SRange;
import java.math.BigInteger;

/**
 * What a fork demands of a transaction whatever the state is: its type, its chain, its signature's
 * range, and enough gas for what it costs before it does anything.
 */
public record TransactionRules(Fork fork, BigInteger chainId) {

    private static final long BASE_GAS = 21_000;
    private static final long CREATION_GAS = 32_000;
    private static final long ZERO_BYTE_GAS = 4;
    private static final long DATA_BYTE_GAS = 16;
    private static final long FRONTIER_DATA_BYTE_GAS = 68;
    private static final long INIT_CODE_WORD_GAS = 2;
    private static final long ACCESSED_ADDRESS_GAS = 2_400;
    private static final long ACCESSED_SLOT_GAS = 1_900;
    private static final long AUTHORIZATION_GAS = 25_000;
    private static final long FLOOR_TOKEN_GAS = 10;
    private static final long TOKENS_PER_DATA_BYTE = 4;

    private static final int MAX_INIT_CODE = 49_152;
    private static final long MAX_GAS = 1 << 24;

    private static final Fork[] FIRST_FORK_OF_TYPE = {
        Fork.FRONTIER, Fork.BERLIN, Fork.LONDON, Fork.CANCUN, Fork.PRAGUE
    };

    /** Which signatures the fork allows. */
    public SRange signatures() {
        return fork.includes(Fork.HOMESTEAD) ? SRange.LOW : SRange.ANY;
    }

    /** Throws {@link InvalidTransactionException} if no state makes the transaction valid. */
    public void check(Transaction transaction) {
        int type = transaction.type();
        require(fork.includes(FIRST_FORK_OF_TYPE[type]), "type " + type + " is not known yet");
        checkChain(transaction);
        require(transaction.nonce() != -1, "the nonce is the highest number");
        require(
                transaction.maxPriorityFee().compareTo(transaction.maxFee()) <= 0,
                "the priority fee is above the fee");
        BigInteger gas = new BigInteger(Long.toUnsignedString(transaction.gasLimit()));
        require(
                gas.multiply(transaction.maxFee()).bitLength() <= 256,
                "the gas costs more than can exist");
        checkGas(transaction);
        require(
                !isCreation(transaction)
                        || !fork.includes(Fork.SHANGHAI)
                        || transaction.dataLength() <= MAX_INIT_CODE,
                "the creation code is too long");
        require(type != 3 || transaction.blobs() > 0, "there is no blob");
        require(type != 4 || transaction.authorizations() > 0, "there is no authorization");
    }

    /** Gas that the transaction costs before it does anything. */
    public long intrinsicGas(Transaction transaction) {
        long zeros = transaction.zeroBytes();
        long others = transaction.dataLength() - zeros;
        long perByte = fork.includes(Fork.ISTANBUL) ? DATA_BYTE_GAS : FRONTIER_DATA_BYTE_GAS;
        long gas = BASE_GAS + zeros * ZERO_BYTE_GAS + others * perByte;
        gas += transaction.accessedAddresses() * ACCESSED_ADDRESS_GAS;
        gas += transaction.accessedSlots() * ACCESSED_SLOT_GAS;
        gas += transaction.authorizations() * AUTHORIZATION_GAS;
        if (isCreation(transaction) && fork.includes(Fork.HOMESTEAD)) {
            gas += CREATION_GAS;
        }
        if (isCreation(transaction) && fork.includes(Fork.SHANGHAI)) {
            gas += INIT_CODE_WORD_GAS * ((transaction.dataLength() + 31L) / 32);
        }
        return gas;
    }

    private void checkChain(Transaction transaction) {
        BigInteger bound = transaction.chainId();
        if (bound != null) {
            require(fork.includes(Fork.SPURIOUS_DRAGON), "v names a chain before EIP-155");
            require(bound.equals(chainId), "it is for chain " + bound + ", not " + chainId);
        }
    }

    private void checkGas(Transaction transaction) {
        long limit = transaction.gasLimit();
        long needed = intrinsicGas(transaction);
        if (fork.includes(Fork.PRAGUE)) {
            needed = Math.max(needed, floorGas(transaction));
        }
        require(
                Long.compareUnsigned(limit, needed) >= 0,
                "its gas of " + Long.toUnsignedString(limit) + " is below " + needed);
        require(
                !fork.includes(Fork.OSAKA) || Long.compareUnsigned(limit, MAX_GAS) <= 0,
                "its gas of " + Long.toUnsignedString(limit) + " is above " + MAX_GAS);
    }

    /** Least gas of a transaction with this much data (EIP-7623). */
    private static long floorGas(Transaction transaction) {
        long zeros = transaction.zeroBytes();
        long tokens = zeros + (transaction.dataLength() - zeros) * TOKENS_PER_DATA_BYTE;
        return BASE_GAS + tokens * FLOOR_TOKEN_GAS;
    }

    private static boolean isCreation(Transaction transaction) {
        return transaction.to() == null;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new InvalidTransactionException(otherwise);
        }
    }
}
