package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a block did to accounts: RLP of [transactions, [[address, account], ...]], where an account
 * that is gone is the empty string. Each address stands in it once.
 */
public final class AccountChanges {

    /** Takes one account as the block left it; null if it is gone. */
    @FunctionalInterface
    public interface Visitor {
        void changed(Address address, byte @Nullable [] account);
    }

    private AccountChanges() {}

    static byte[] encode(
            long transactions, Map<Address, @Nullable Account> changes, RlpWriter writer) {
        writer.reset().startList().integer(transactions).startList();
        for (Map.Entry<Address, @Nullable Account> change : changes.entrySet()) {
            Account account = change.getValue();
            writer.startList().string(change.getKey().bytes());
            if (account == null) {
                writer.string(new byte[0]);
            } else {
                writer.raw(account.encode());
            }
            writer.endList();
        }
        return writer.endList().endList().toByteArray();
    }

    /** The number of the block's transactions. */
    static long transactions(byte[] value) {
        RlpReader reader = new RlpReader(value);
        reader.enterList();
        return reader.integer();
    }

    /** Hands over every change and returns the number of the block's transactions. */
    public static long visit(byte[] value, Visitor visitor) {
        RlpReader reader = new RlpReader(value);
        reader.enterList();
        long transactions = reader.integer();
        reader.enterList();
        while (reader.hasNext()) {
            reader.enterList();
            Address address = Address.of(reader.bytes(Address.LENGTH));
            if (reader.isList()) {
                visitor.changed(address, reader.item());
            } else {
                reader.nextString(0);
                visitor.changed(address, null);
            }
            reader.leaveList();
        }
        reader.leaveList();
        reader.leaveList();
        reader.end();
        return transactions;
    }
}
