package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ItemId;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.BlockRewards;
import dev.varve.sync.ethereum.ChainSpec;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.InvalidTransactionException;
import dev.varve.sync.ethereum.SenderRecovery;
import dev.varve.sync.ethereum.Transaction;
import dev.varve.sync.ethereum.TransactionRules;
import dev.varve.sync.ethereum.crypto.InvalidSignatureException;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks of plain transfers: fees, values, and the rewards of authors and uncles, up to
 * the merge. What would need an EVM is refused. For the stage's thread.
 */
final class BlockExecution {

    /** Most uncles of a block, and the most by which they are below it (yellow paper, 11.1). */
    private static final int MAX_UNCLES = 2;

    private static final int OLDEST_UNCLE = 6;
    private static final int BALANCE_BITS = 256;

    private static final byte[] STATUS_OK = {1};
    private static final byte[] EMPTY_BLOOM = new byte[256];

    private final ChainSpec spec;
    private final WorldState state;
    private final SenderRecovery recovery = new SenderRecovery();
    private final RlpWriter writer = new RlpWriter();
    private final byte[] noCode = Account.emptyCodeHash();

    BlockExecution(ChainSpec spec, WorldState state) {
        this.spec = spec;
        this.state = state;
    }

    /**
     * Applies a block to the state.
     *
     * @return what rule the block breaks, or null if none
     * @throws UnsupportedBlockException if the block cannot be executed here
     */
    @Nullable String apply(HeaderRecord block, BlockBody body) {
        BlockHeader header = block.header();
        Fork fork = spec.fork(header);
        if (fork.includes(Fork.PARIS)) {
            throw unsupported(block, "blocks after the merge need an EVM for their system calls");
        }
        List<byte[]> receipts = new ArrayList<>();
        BigInteger gasUsed = BigInteger.ZERO;
        TransactionRules rules = new TransactionRules(fork, spec.chainId());
        for (Transaction transaction : body.transactions()) {
            try {
                gasUsed = gasUsed.add(transfer(block, transaction, rules, gasUsed));
            } catch (InvalidTransactionException | InvalidSignatureException e) {
                return "its transaction " + receipts.size() + " is not valid: " + e.getMessage();
            }
            receipts.add(receipt(transaction, gasUsed));
        }
        if (gasUsed.compareTo(BigInteger.valueOf(header.gasUsed())) != 0) {
            return "it used " + gasUsed + " gas, its header names " + header.gasUsed();
        }
        String fault = faultOfReceipts(header, fork, receipts);
        if (fault == null) {
            fault = faultOfUncles(header, body.uncles());
        }
        if (fault != null) {
            return fault;
        }
        BlockRewards.pay(
                header, body.uncles(), fork, (to, wei) -> state.credit(Address.of(to), wei));
        return faultOfBalances();
    }

    /** Receipts from before Byzantium name a state inside of the block, which nobody computes. */
    private static @Nullable String faultOfReceipts(
            BlockHeader header, Fork fork, List<byte[]> receipts) {
        if (!header.matches(HeaderField.LOGS_BLOOM, EMPTY_BLOOM)) {
            return "its header has a bloom filter of logs, and plain transfers log nothing";
        }
        if (!receipts.isEmpty() && !fork.hasStatusReceipts()) {
            return null;
        }
        byte[] root = receipts.isEmpty() ? MerkleTrie.emptyRoot() : OrderedRoot.of(receipts);
        return header.matches(HeaderField.RECEIPTS_ROOT, root)
                ? null
                : "its receipts root is " + ItemId.of(root) + ", its header names "
                        + ItemId.of(header.receiptsRoot());
    }

    /** What the rewards depend on; whether uncles are valid blocks is not looked at. */
    private static @Nullable String faultOfUncles(BlockHeader header, List<BlockHeader> uncles) {
        if (uncles.size() > MAX_UNCLES) {
            return "it names " + uncles.size() + " uncles, more than " + MAX_UNCLES;
        }
        for (BlockHeader uncle : uncles) {
            long age = header.number() - uncle.number();
            if (age < 1 || age > OLDEST_UNCLE) {
                return "it names an uncle at height " + uncle.number() + ", not one of the "
                        + OLDEST_UNCLE + " heights below it";
            }
        }
        return null;
    }

    /** Only a genesis can make so much money that this happens. */
    private @Nullable String faultOfBalances() {
        for (Map.Entry<Address, @Nullable Account> change : state.changes().entrySet()) {
            Account account = change.getValue();
            if (account != null && account.balance().bitLength() > BALANCE_BITS) {
                return "it leaves " + change.getKey() + " with 2^" + BALANCE_BITS
                        + " wei or more";
            }
        }
        return null;
    }

    /** Moves value and fee of one transaction; returns the gas used. */
    private BigInteger transfer(
            HeaderRecord block,
            Transaction transaction,
            TransactionRules rules,
            BigInteger gasUsedBefore) {
        rules.check(transaction);
        Address sender =
                Address.of(recovery.sender(transaction, rules.signatures()));
        Address recipient = recipientOf(block, transaction, rules.fork());
        BigInteger price = transaction.gasPrice(block.header().baseFee());
        checkSender(block, transaction, sender, gasUsedBefore);
        BigInteger gas = BigInteger.valueOf(rules.intrinsicGas(transaction));
        BigInteger fee = gas.multiply(price);
        Account from = state.get(sender);
        BigInteger rest = from.balance().subtract(fee).subtract(transaction.value());
        state.put(sender, from.with(from.nonce() + 1, rest));
        state.credit(recipient, transaction.value());
        BigInteger burnt = block.header().baseFee();
        BigInteger tip = burnt == null ? price : price.subtract(burnt);
        Address author = Address.of(block.header().coinbase());
        state.credit(author, gas.multiply(tip));
        if (rules.fork().includes(Fork.SPURIOUS_DRAGON)) {
            dropIfEmpty(sender);
            dropIfEmpty(recipient);
            dropIfEmpty(author);
        }
        return gas;
    }

    private Address recipientOf(HeaderRecord block, Transaction transaction, Fork fork) {
        byte[] to = transaction.to();
        if (to == null) {
            throw unsupported(block, "a transaction creates a contract, which needs an EVM");
        }
        if (transaction.type() > 2) {
            throw unsupported(
                    block, "a transaction of type " + transaction.type() + " needs an EVM");
        }
        Address recipient = Address.of(to);
        if (recipient.isBuiltIn(fork) || !Arrays.equals(state.get(recipient).codeHash(), noCode)) {
            throw unsupported(
                    block,
                    "a transaction calls the contract " + recipient + ", which needs an EVM");
        }
        return recipient;
    }

    private void checkSender(
            HeaderRecord block,
            Transaction transaction,
            Address sender,
            BigInteger gasUsedBefore) {
        Account account = state.get(sender);
        if (account.nonce() != transaction.nonce()) {
            throw new InvalidTransactionException(
                    "its nonce is " + Long.toUnsignedString(transaction.nonce()) + ", that of "
                            + sender + " is " + Long.toUnsignedString(account.nonce()));
        }
        if (!Arrays.equals(account.codeHash(), noCode)) {
            throw new InvalidTransactionException("its sender " + sender + " is a contract");
        }
        BigInteger baseFee = block.header().baseFee();
        if (baseFee != null && transaction.maxFee().compareTo(baseFee) < 0) {
            throw new InvalidTransactionException("its fee is below the base fee " + baseFee);
        }
        BigInteger gasLimit = new BigInteger(Long.toUnsignedString(transaction.gasLimit()));
        BigInteger cost = gasLimit.multiply(transaction.maxFee()).add(transaction.value());
        if (account.balance().compareTo(cost) < 0) {
            throw new InvalidTransactionException(
                    "its sender " + sender + " has " + account.balance() + " wei of " + cost);
        }
        BigInteger blockGas = BigInteger.valueOf(block.header().gasLimit());
        if (gasUsedBefore.add(gasLimit).compareTo(blockGas) > 0) {
            throw new InvalidTransactionException(
                    "its gas limit " + gasLimit + " passes that of the block, " + blockGas);
        }
    }

    private void dropIfEmpty(Address address) {
        if (state.get(address).isEmpty()) {
            state.delete(address);
        }
    }

    private byte[] receipt(Transaction transaction, BigInteger gasUsed) {
        writer.reset();
        if (transaction.type() != 0) {
            writer.raw(new byte[] {(byte) transaction.type()});
        }
        return writer.startList()
                .string(STATUS_OK)
                .integer(gasUsed)
                .string(EMPTY_BLOOM)
                .startList()
                .endList()
                .endList()
                .toByteArray();
    }

    private static UnsupportedBlockException unsupported(HeaderRecord block, String why) {
        return new UnsupportedBlockException(
                block.header().number(), ItemId.of(block.hash()), why);
    }
}
