package dev.varve.cli;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.stage.ChainTables;
import dev.varve.sync.ethereum.stage.HeadRecord;
import dev.varve.sync.ethereum.stage.HeaderRecord;
import dev.varve.sync.ethereum.stage.TxLocation;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a store holds of a chain, as of one commit, in words. For one thread. Throws a {@link
 * CommandException} for what is not there.
 */
final class ChainReader {

    private final LogStore store;
    private final Snapshot snapshot;
    private final Keccak256 keccak = new Keccak256();

    ChainReader(LogStore store) {
        this.store = store;
        this.snapshot = store.snapshot();
    }

    Facts head() {
        HeadRecord head = HeadRecord.read(store, snapshot);
        if (head == null) {
            throw CommandException.failed("the store has no head: no block is through all stages");
        }
        return new Facts()
                .add("height", head.height())
                .add("hash", hex(head.hash()))
                .add("stateRoot", hex(head.stateRoot()))
                .add("transactions", head.transactions());
    }

    /** Height of the block with a hash. */
    long heightOf(byte[] hash) {
        byte[] value = get(ChainTables.BLOCK_HASH, hash);
        if (value == null) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the store has no block with the hash " + hex(hash),
                            new Failure.Place(null, -1, -1, -1, hex(hash))));
        }
        return ByteBuffer.wrap(value).getLong();
    }

    Facts block(long height) {
        HeaderRecord block = header(height);
        BlockHeader header = block.header();
        Facts facts =
                new Facts()
                        .add("height", height)
                        .add("hash", hex(block.hash()))
                        .add("parent", hex(header.parentHash()))
                        .add("time", Instant.ofEpochSecond(header.timestamp()).toString())
                        .add("author", hex(header.coinbase()))
                        .add("difficulty", header.difficulty().toString())
                        .add("totalDifficulty", block.totalDifficulty().toString())
                        .add("gasUsed", header.gasUsed())
                        .add("gasLimit", header.gasLimit())
                        .add("stateRoot", hex(header.stateRoot()))
                        .add("transactionsRoot", hex(header.transactionsRoot()))
                        .add("receiptsRoot", hex(header.receiptsRoot()))
                        .add("unclesHash", hex(header.unclesHash()))
                        .add("extraData", hex(header.extraData()));
        BigInteger baseFee = header.baseFee();
        if (baseFee != null) {
            facts.add("baseFee", baseFee.toString());
        }
        byte[] body = get(ChainTables.BODY, height);
        return body == null ? facts : addBody(facts, BlockBody.decode(body));
    }

    private Facts addBody(Facts facts, BlockBody body) {
        return facts.add("transactions", hashes(body.transactionValues()))
                .add("uncles", hashes(body.uncles().stream().map(BlockHeader::rlp).toList()));
    }

    private List<String> hashes(List<byte[]> values) {
        return values.stream().map(value -> hex(keccak.hash(value))).toList();
    }

    Facts receipts(long height) {
        HeaderRecord block = header(height);
        byte[] receipts = get(ChainTables.RECEIPTS, height);
        if (receipts == null) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the store has no receipts of block " + height,
                            Failure.Place.block(height, hex(block.hash()))));
        }
        List<byte[]> values = BlockBody.receiptValues(receipts);
        return new Facts()
                .add("height", height)
                .add("hash", hex(block.hash()))
                .add("receipts", values.stream().map(ChainReader::hex).toList());
    }

    Facts transaction(byte[] hash) {
        byte[] value = get(ChainTables.TX_LOOKUP, hash);
        if (value == null) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the store has no transaction with the hash " + hex(hash),
                            new Failure.Place(null, -1, -1, -1, hex(hash))));
        }
        TxLocation location = TxLocation.decode(value);
        return new Facts()
                .add("hash", hex(hash))
                .add("height", location.height())
                .add("index", location.index());
    }

    Facts account(Address address) {
        byte[] value = get(ChainTables.ACCOUNT, address.bytes());
        if (value == null) {
            throw CommandException.failed("the store has no account " + address);
        }
        Account account = Account.decode(value);
        return new Facts()
                .add("address", address.toString())
                .add("nonce", account.nonce())
                .add("balanceWei", account.balance().toString())
                .add("codeHash", hex(account.codeHash()))
                .add("storageRoot", hex(account.storageRoot()));
    }

    private HeaderRecord header(long height) {
        byte[] value = get(ChainTables.HEADER, height);
        if (value == null) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the store has no block at height " + height,
                            new Failure.Place(null, -1, -1, height, null)));
        }
        return HeaderRecord.decode(value);
    }

    private byte @Nullable [] get(TableSpec spec, byte[] key) {
        Table table = store.findTable(spec.name());
        return table == null ? null : snapshot.get(table, key);
    }

    private byte @Nullable [] get(TableSpec spec, long height) {
        Table table = store.findTable(spec.name());
        return table == null ? null : snapshot.get(table, height);
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
