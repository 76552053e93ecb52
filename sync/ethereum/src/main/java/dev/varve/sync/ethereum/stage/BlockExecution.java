package dev.varve.sync.ethereum.stage;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.ExecutorMode;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks of plain transfers: fees, values, and the rewards of authors and uncles, up to
 * the merge. What would need an EVM is refused. The transfers run on the threads of the executor,
 * everything else on the stage's.
 *
 * <p>The fee of a transaction goes to the block's author, so that every transaction would change
 * that one account and wait for the one before. Wei have 256 bits, more than the executor's
 * commuting additions, so the fees stay out of the view: each transaction returns its own, and the
 * author gets their sum after the last. Nobody can tell the difference, except where a transaction
 * reads the author's balance: where the author sends or receives in the block. Such a block is
 * executed in order, with each fee credited at once.
 */
final class BlockExecution {

    /** Most uncles of a block, and the most by which they are below it (yellow paper, 11.1). */
    private static final int MAX_UNCLES = 2;

    private static final int OLDEST_UNCLE = 6;
    private static final int BALANCE_BITS = 256;

    /** Below this, handing work to other threads costs more than it saves. */
    private static final int LEAST_PARALLEL = 4;

    private static final byte[] STATUS_OK = {1};
    private static final byte[] EMPTY_BLOOM = new byte[256];

    private final ChainSpec spec;
    private final WorldState state;
    private final BlockExecutor parallel;
    // One thread, the calling one: there is nothing to close.
    private final BlockExecutor inOrder =
            BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build();
    private final ThreadLocal<SenderRecovery> recovery =
            ThreadLocal.withInitial(SenderRecovery::new);
    private final RlpWriter writer = new RlpWriter();

    BlockExecution(ChainSpec spec, WorldState state, BlockExecutor parallel) {
        this.spec = spec;
        this.state = state;
        this.parallel = parallel;
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
            throw new UnsupportedBlockException(
                    header.number(),
                    ItemId.of(block.hash()),
                    "blocks after the merge need an EVM for their system calls");
        }
        List<Transaction> transactions = body.transactions();
        TransactionRules rules = new TransactionRules(fork, spec.chainId());
        TransferProgram program = new TransferProgram(block, transactions, rules, recovery);
        String fault = transfer(header, fork, transactions.size(), program);
        if (fault == null) {
            fault = compare(header, fork, transactions, program);
        }
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

    /** Executes the transactions and applies what they did, if all of them are valid. */
    private @Nullable String transfer(
            BlockHeader header, Fork fork, int count, TransferProgram program) {
        if (count == 0) {
            return null;
        }
        BlockOutcome<BigInteger> outcome = null;
        if (!program.paysAuthor()) {
            BlockExecutor executor = count < LEAST_PARALLEL ? inOrder : parallel;
            outcome = executor.execute(state::encoded, count, program);
        }
        boolean isApart = outcome != null && !program.isSentByAuthor();
        if (!isApart) {
            program.fees(TransferProgram.Fees.IN_ORDER);
            outcome = inOrder.execute(state::encoded, count, program);
        }
        BlockOutcome<BigInteger> valid = Objects.requireNonNull(outcome);
        String fault = firstFault(valid);
        if (fault == null) {
            valid.batch().forEach(this::change);
            if (isApart) {
                creditFees(Address.of(header.coinbase()), fork, valid);
            }
        }
        return fault;
    }

    /**
     * What the first invalid transaction breaks, or null. Those behind it have executed on a state
     * that it should have changed: what they say means nothing.
     */
    private static @Nullable String firstFault(BlockOutcome<BigInteger> outcome) {
        for (int i = 0; i < outcome.size(); i++) {
            Throwable failure = outcome.failure(i);
            switch (failure) {
                case null -> {}
                case InvalidTransactionException e -> {
                    return fault(i, e);
                }
                case InvalidSignatureException e -> {
                    return fault(i, e);
                }
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException("transaction " + i, failure);
            }
        }
        return null;
    }

    private static String fault(int index, RuntimeException invalid) {
        return "its transaction " + index + " is not valid: " + invalid.getMessage();
    }

    private void change(byte[] key, byte @Nullable [] value) {
        Address address = Address.of(key.clone());
        if (value == null) {
            state.delete(address);
        } else {
            state.put(address, Account.decode(value));
        }
    }

    private void creditFees(Address author, Fork fork, BlockOutcome<BigInteger> outcome) {
        BigInteger fees = BigInteger.ZERO;
        for (int i = 0; i < outcome.size(); i++) {
            fees = fees.add(Objects.requireNonNull(outcome.result(i)));
        }
        state.credit(author, fees);
        if (fork.includes(Fork.SPURIOUS_DRAGON) && state.get(author).isEmpty()) {
            state.delete(author);
        }
    }

    /** Compares the gas, and the receipts where they do not need the state between. */
    private @Nullable String compare(
            BlockHeader header,
            Fork fork,
            List<Transaction> transactions,
            TransferProgram program) {
        BigInteger gasUsed = program.gasOfFirst(transactions.size());
        if (gasUsed.compareTo(BigInteger.valueOf(header.gasUsed())) != 0) {
            return "it used " + gasUsed + " gas, its header names " + header.gasUsed();
        }
        List<byte[]> receipts = new ArrayList<>(transactions.size());
        for (Transaction transaction : transactions) {
            receipts.add(receipt(transaction, program.gasOfFirst(receipts.size() + 1)));
        }
        return faultOfReceipts(header, fork, receipts);
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
}
