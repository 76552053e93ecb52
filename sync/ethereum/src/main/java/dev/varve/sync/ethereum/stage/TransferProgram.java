package dev.varve.sync.ethereum.stage;

import dev.varve.engine.exec.TxProgram;
import dev.varve.engine.exec.TxView;
import dev.varve.sync.ItemId;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.InvalidTransactionException;
import dev.varve.sync.ethereum.SenderRecovery;
import dev.varve.sync.ethereum.Transaction;
import dev.varve.sync.ethereum.TransactionRules;
import dev.varve.sync.ethereum.crypto.InvalidSignatureException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The plain transfers of one block. A transaction returns what it pays to the block's author, and
 * fails with {@link InvalidTransactionException}, {@link InvalidSignatureException} or {@link
 * UnsupportedBlockException}.
 *
 * <p>For all threads at once. Recovering a sender is most of the work; it depends on the
 * transaction alone, so it is done once even if the transaction is executed again.
 */
final class TransferProgram implements TxProgram<BigInteger> {

    /** Where the fees go. */
    enum Fees {
        /** To nobody: who executes the block credits the sum of all afterwards. */
        APART,
        /** To the author, transaction by transaction. */
        IN_ORDER
    }

    private final HeaderRecord block;
    private final List<Transaction> transactions;
    private final TransactionRules rules;
    private final ThreadLocal<SenderRecovery> recovery;
    private final Address author;
    private final BigInteger[] gasBefore;
    private final AtomicReferenceArray<@Nullable Address> senders;
    private final byte[] noCode = Account.emptyCodeHash();
    private Fees fees = Fees.APART;

    TransferProgram(
            HeaderRecord block,
            List<Transaction> transactions,
            TransactionRules rules,
            ThreadLocal<SenderRecovery> recovery) {
        this.block = block;
        this.transactions = transactions;
        this.rules = rules;
        this.recovery = recovery;
        author = Address.of(block.header().coinbase());
        senders = new AtomicReferenceArray<>(transactions.size());
        gasBefore = new BigInteger[transactions.size() + 1];
        gasBefore[0] = BigInteger.ZERO;
        for (int i = 0; i < transactions.size(); i++) {
            gasBefore[i + 1] =
                    gasBefore[i].add(BigInteger.valueOf(rules.intrinsicGas(transactions.get(i))));
        }
    }

    /** Changes where the fees go; not while the block is executed. */
    void fees(Fees newFees) {
        fees = newFees;
    }

    /** Gas that the first {@code count} transactions use, if they are valid. */
    BigInteger gasOfFirst(int count) {
        return gasBefore[count];
    }

    /** Whether a transaction sends to the author. */
    boolean paysAuthor() {
        return transactions.stream().anyMatch(t -> Arrays.equals(t.to(), author.bytes()));
    }

    /** Whether the author has sent a transaction, as far as those were executed. */
    boolean isSentByAuthor() {
        for (int i = 0; i < senders.length(); i++) {
            if (author.equals(senders.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Moves value and fee of one transaction; returns what the author gets. */
    @Override
    public BigInteger execute(int index, TxView view) {
        Transaction transaction = transactions.get(index);
        ViewedAccounts accounts = new ViewedAccounts(view);
        rules.check(transaction);
        Address sender = sender(index, transaction);
        Address recipient = recipientOf(transaction, accounts);
        BigInteger price = transaction.gasPrice(block.header().baseFee());
        Account from = accounts.get(sender);
        checkSender(transaction, sender, from, gasBefore[index]);
        BigInteger gas = gasBefore[index + 1].subtract(gasBefore[index]);
        BigInteger fee = gas.multiply(price);
        BigInteger rest = from.balance().subtract(fee).subtract(transaction.value());
        accounts.put(sender, from.with(from.nonce() + 1, rest));
        accounts.credit(recipient, transaction.value());
        BigInteger burnt = block.header().baseFee();
        BigInteger tip = gas.multiply(burnt == null ? price : price.subtract(burnt));
        if (fees == Fees.IN_ORDER) {
            accounts.credit(author, tip);
        }
        if (rules.fork().includes(Fork.SPURIOUS_DRAGON)) {
            accounts.dropIfEmpty(sender);
            accounts.dropIfEmpty(recipient);
            if (fees == Fees.IN_ORDER) {
                accounts.dropIfEmpty(author);
            }
        }
        return tip;
    }

    private Address sender(int index, Transaction transaction) {
        Address known = senders.get(index);
        if (known != null) {
            return known;
        }
        Address found =
                Address.of(recovery.get().sender(transaction, rules.signatures()));
        senders.set(index, found);
        return found;
    }

    private Address recipientOf(Transaction transaction, ViewedAccounts accounts) {
        byte[] to = transaction.to();
        if (to == null) {
            throw unsupported("a transaction creates a contract, which needs an EVM");
        }
        if (transaction.type() > 2) {
            throw unsupported("a transaction of type " + transaction.type() + " needs an EVM");
        }
        Address recipient = Address.of(to);
        if (recipient.isBuiltIn(rules.fork())
                || !Arrays.equals(accounts.get(recipient).codeHash(), noCode)) {
            throw unsupported(
                    "a transaction calls the contract " + recipient + ", which needs an EVM");
        }
        return recipient;
    }

    private void checkSender(
            Transaction transaction, Address sender, Account account, BigInteger gasUsedBefore) {
        if (account.nonce() != transaction.nonce()) {
            throw new InvalidTransactionException(
                    "its nonce is " + Long.toUnsignedString(transaction.nonce()) + ", that of "
                            + sender + " is " + Long.toUnsignedString(account.nonce()));
        }
        if (!Arrays.equals(account.codeHash(), noCode)) {
            throw new InvalidTransactionException("its sender " + sender + " is a contract");
        }
        BlockHeader header = block.header();
        BigInteger baseFee = header.baseFee();
        if (baseFee != null && transaction.maxFee().compareTo(baseFee) < 0) {
            throw new InvalidTransactionException("its fee is below the base fee " + baseFee);
        }
        BigInteger gasLimit = new BigInteger(Long.toUnsignedString(transaction.gasLimit()));
        BigInteger cost = gasLimit.multiply(transaction.maxFee()).add(transaction.value());
        if (account.balance().compareTo(cost) < 0) {
            throw new InvalidTransactionException(
                    "its sender " + sender + " has " + account.balance() + " wei of " + cost);
        }
        BigInteger blockGas = BigInteger.valueOf(header.gasLimit());
        if (gasUsedBefore.add(gasLimit).compareTo(blockGas) > 0) {
            throw new InvalidTransactionException(
                    "its gas limit " + gasLimit + " passes that of the block, " + blockGas);
        }
    }

    private UnsupportedBlockException unsupported(String why) {
        return new UnsupportedBlockException(
                block.header().number(), ItemId.of(block.hash()), why);
    }
}
