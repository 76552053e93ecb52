package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
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

    /** Encodes the changes of one block, one after the other. */
    static final class Writer {
        private final RlpWriter writer;

        /** Begins a block; the writer is reset. */
        Writer(RlpWriter writer, long transactions) {
            this.writer = writer;
            writer.reset().startList().integer(transactions).startList();
        }

        /** Adds an account's encoding, or null if it is gone. */
        void add(byte[] address, byte @Nullable [] account) {
            writer.startList().string(address);
            if (account == null) {
                writer.string(new byte[0]);
            } else {
                writer.raw(account);
            }
            writer.endList();
        }

        byte[] end() {
            return writer.endList().endList().toByteArray();
        }
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
