package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a block behind its header: transactions, uncles, and from Shanghai on withdrawals.
 * Immutable; the array it was decoded from is not to be changed any more.
 */
public final class BlockBody {

    private final byte[] rlp;
    private final List<Transaction> transactions = new ArrayList<>();
    private final List<BlockHeader> uncles = new ArrayList<>();
    private final int unclesStart;
    private final int unclesEnd;
    private final @Nullable List<Withdrawal> withdrawals;
    private final int withdrawalsStart;

    private BlockBody(byte[] rlp) {
        this.rlp = rlp;
        RlpReader reader = new RlpReader(rlp);
        reader.enterList();
        reader.enterList();
        while (reader.hasNext()) {
            transactions.add(transaction(reader));
        }
        reader.leaveList();
        unclesStart = reader.offset();
        reader.enterList();
        while (reader.hasNext()) {
            uncles.add(BlockHeader.decode(reader.item()));
        }
        reader.leaveList();
        unclesEnd = reader.offset();
        withdrawalsStart = unclesEnd;
        withdrawals = reader.hasNext() ? withdrawals(reader) : null;
        reader.leaveList();
        reader.end();
    }

    /** Decodes [transactions, uncles(, withdrawals)]; throws {@link RlpException}. */
    public static BlockBody decode(byte[] rlp) {
        return new BlockBody(rlp);
    }

    public List<Transaction> transactions() {
        return Collections.unmodifiableList(transactions);
    }

    public List<BlockHeader> uncles() {
        return Collections.unmodifiableList(uncles);
    }

    /** The withdrawals; null before Shanghai. */
    public @Nullable List<Withdrawal> withdrawals() {
        return withdrawals;
    }

    /** The hash that the header has of the uncles. */
    public byte[] unclesHash(Keccak256 keccak) {
        byte[] hash = new byte[Keccak256.LENGTH];
        keccak.hash(rlp, unclesStart, unclesEnd - unclesStart, hash, 0);
        return hash;
    }

    /** The values whose ordered root the header has as that of the transactions. */
    public List<byte[]> transactionValues() {
        List<byte[]> values = new ArrayList<>(transactions.size());
        transactions.forEach(transaction -> values.add(transaction.envelope()));
        return values;
    }

    /** The values whose ordered root the header has as that of the withdrawals. */
    public List<byte[]> withdrawalValues() {
        if (withdrawals == null) {
            return List.of();
        }
        RlpReader reader = new RlpReader(rlp, withdrawalsStart, rlp.length - withdrawalsStart);
        return values(reader);
    }

    /**
     * The values whose ordered root the header has as that of the receipts, from a block's encoded
     * list of receipts: those with a type are strings in it, as are such transactions in a body.
     */
    public static List<byte[]> receiptValues(byte[] receipts) {
        RlpReader reader = new RlpReader(receipts);
        List<byte[]> values = values(reader);
        reader.end();
        return values;
    }

    private static List<byte[]> values(RlpReader reader) {
        List<byte[]> values = new ArrayList<>();
        reader.enterList();
        while (reader.hasNext()) {
            values.add(reader.isList() ? reader.item() : reader.bytes());
        }
        reader.leaveList();
        return values;
    }

    private Transaction transaction(RlpReader reader) {
        if (!reader.isList()) {
            reader.nextString();
            if (reader.payloadLength() > 0 && rlp[reader.payloadOffset()] < 0) {
                throw new RlpException("a transaction without a type", reader.payloadOffset());
            }
            return Transaction.decode(rlp, reader.payloadOffset(), reader.payloadLength());
        }
        int start = reader.offset();
        reader.nextList();
        return Transaction.decode(rlp, start, reader.offset() - start);
    }

    private static List<Withdrawal> withdrawals(RlpReader reader) {
        List<Withdrawal> withdrawals = new ArrayList<>();
        reader.enterList();
        while (reader.hasNext()) {
            withdrawals.add(new Withdrawal(reader));
        }
        reader.leaveList();
        return Collections.unmodifiableList(withdrawals);
    }
}
