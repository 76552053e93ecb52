package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.Snapshot;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The newest block that every stage is past: RLP of [height, hash, state root, transactions up to
 * it]. Immutable.
 */
public final class HeadRecord {

    private static final int HASH_LENGTH = 32;

    private final long height;
    private final byte[] hash;
    private final byte[] stateRoot;
    private final long transactions;

    HeadRecord(long height, byte[] hash, byte[] stateRoot, long transactions) {
        this.height = height;
        this.hash = hash;
        this.stateRoot = stateRoot;
        this.transactions = transactions;
    }

    /** The one key of the table. */
    static byte[] key() {
        return "head".getBytes(StandardCharsets.US_ASCII);
    }

    static HeadRecord decode(byte[] value) {
        RlpReader reader = new RlpReader(value);
        reader.enterList();
        HeadRecord head =
                new HeadRecord(
                        reader.integer(),
                        reader.bytes(HASH_LENGTH),
                        reader.bytes(HASH_LENGTH),
                        reader.integer());
        reader.leaveList();
        reader.end();
        return head;
    }

    byte[] encode() {
        return new RlpWriter()
                .startList()
                .integer(height)
                .string(hash)
                .string(stateRoot)
                .integer(transactions)
                .endList()
                .toByteArray();
    }

    /** The head of a store, or null if it holds no finished block. */
    public static @Nullable HeadRecord read(LogStore store, Snapshot snapshot) {
        Table table = store.findTable(ChainTables.HEAD.name());
        byte[] value = table == null ? null : snapshot.get(table, key());
        return value == null ? null : decode(value);
    }

    public long height() {
        return height;
    }

    /** The block's hash; not to be changed. */
    public byte[] hash() {
        return hash;
    }

    /** The state root, which was computed and found equal to the header's; not to be changed. */
    public byte[] stateRoot() {
        return stateRoot;
    }

    /** Transactions in all blocks up to this one. */
    public long transactions() {
        return transactions;
    }
}
