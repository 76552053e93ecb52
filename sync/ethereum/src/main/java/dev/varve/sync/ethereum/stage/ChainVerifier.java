package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.ItemId;
import dev.varve.sync.Progress;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks that what the stages left in a store is one chain: hashes, numbers, links and total
 * difficulties of the headers, the table of block hashes, the roots of bodies and receipts, every
 * state root computed again from the recorded changes, the accounts and the stored state trie, and
 * that each stage's tables end where its progress says.
 *
 * <p>Looks at each stage as far as that stage came, so a store that was stopped anywhere can be
 * checked. Finds problems rather than throwing; what a table found by key holds beyond what is
 * looked for cannot be seen. One use, one thread, while nothing is imported; needs memory in
 * proportion to the accounts, some hundred bytes each.
 */
public final class ChainVerifier {

    private final LogStore store;
    private final Snapshot snapshot;
    private final Map<String, Progress> progress = new HashMap<>();
    private final Problems problems = new Problems();
    private final BodyRoots bodyRoots = new BodyRoots();
    private final Keccak256 keccak = new Keccak256();

    private ChainVerifier(LogStore store) {
        this.store = store;
        this.snapshot = store.snapshot();
    }

    /** Checks the chain of a store; one without any is clean. */
    public static ChainReport verify(LogStore store) {
        return new ChainVerifier(store).run();
    }

    private ChainReport run() {
        problems.guard("progress", this::readProgress);
        long headers = next(HeadersStage.ID);
        checkHeaders(headers);
        long bodies = next(BodiesStage.ID);
        for (long height = 0; height < bodies && !problems.isFull(); height++) {
            checkBody(height);
        }
        checkEnd(ChainTables.HEADER, headers);
        checkEnd(ChainTables.BODY, bodies);
        checkEnd(ChainTables.ACCOUNT_CHANGE, next(ExecutionStage.ID));
        progress.values().forEach(this::checkLineage);
        StateVerifier state = new StateVerifier(this, problems);
        state.run(next(StateRootStage.ID), next(ExecutionStage.ID));
        problems.guard("head", () -> checkHead(state));
        return new ChainReport(
                headers, bodies, state.rootsChecked(), state.accountsRead(), problems.all());
    }

    // ---- reading

    private void readProgress() {
        Progress.readAll(store).forEach(stage -> progress.put(stage.stage(), stage));
    }

    private long next(String stage) {
        Progress known = progress.get(stage);
        return known == null ? 0 : known.next();
    }

    byte @Nullable [] get(TableSpec table, byte[] key) {
        Table known = store.findTable(table.name());
        return known == null ? null : snapshot.get(known, key);
    }

    byte @Nullable [] get(TableSpec table, long height) {
        Table known = store.findTable(table.name());
        return known == null ? null : snapshot.get(known, height);
    }

    /** The header at a height that is done; null, and a problem, if there is none. */
    @Nullable HeaderRecord header(long height) {
        byte[] value = get(ChainTables.HEADER, height);
        if (value == null) {
            problems.add("block " + height + ": there is no header");
            return null;
        }
        return HeaderRecord.decode(value);
    }

    // ---- checks

    private void checkHeaders(long end) {
        long hashesEnd = next(BlockHashesStage.ID);
        HeaderRecord[] parent = new HeaderRecord[1];
        for (long h = 0; h < end && !problems.isFull(); h++) {
            long height = h;
            problems.guard(
                    "block " + height,
                    () -> {
                        HeaderRecord block = header(height);
                        if (block != null) {
                            checkHeader(height, block, parent[0]);
                            if (height < hashesEnd) {
                                checkHashEntry(height, block);
                            }
                        }
                        parent[0] = block;
                    });
        }
    }

    /** What the parent decides is compared where there is one. */
    private void checkHeader(long height, HeaderRecord block, @Nullable HeaderRecord parent) {
        String name = name(height, block);
        if (block.header().number() != height) {
            problems.add(name + ": its number is " + block.header().number());
        }
        ItemId computed = ItemId.of(block.header().hash(keccak));
        if (!computed.equals(ItemId.of(block.hash()))) {
            problems.add(name + ": the hash of its header is " + computed);
        }
        BigInteger before = BigInteger.ZERO;
        if (parent != null) {
            before = parent.totalDifficulty();
            if (!block.header().matches(HeaderField.PARENT_HASH, parent.hash())) {
                problems.add(
                        name + ": its parent is " + ItemId.of(block.header().parentHash())
                                + ", the block before is " + ItemId.of(parent.hash()));
            }
        }
        BigInteger total = before.add(block.header().difficulty());
        if ((parent != null || height == 0) && !total.equals(block.totalDifficulty())) {
            problems.add(
                    name + ": its total difficulty is " + block.totalDifficulty()
                            + ", the headers add up to " + total);
        }
    }

    private void checkHashEntry(long height, HeaderRecord block) {
        byte[] value = get(ChainTables.BLOCK_HASH, block.hash());
        if (value == null || value.length != Long.BYTES) {
            problems.add(name(height, block) + ": its hash leads to no height");
        } else if (ByteBuffer.wrap(value).getLong() != height) {
            problems.add(
                    name(height, block) + ": its hash leads to height "
                            + ByteBuffer.wrap(value).getLong());
        }
    }

    private void checkBody(long height) {
        problems.guard(
                "body of block " + height,
                () -> {
                    HeaderRecord block = header(height);
                    byte[] body = get(ChainTables.BODY, height);
                    if (body == null) {
                        problems.add("block " + height + ": there is no body");
                    } else if (block != null) {
                        addFault(height, block, bodyRoots.faultOfBody(block.header(), body));
                        checkLookup(height, block, body);
                        byte[] receipts = get(ChainTables.RECEIPTS, height);
                        if (receipts != null) {
                            addFault(
                                    height,
                                    block,
                                    bodyRoots.faultOfReceipts(block.header(), receipts));
                        }
                    }
                });
    }

    /** The lookup leads from each transaction of a body to where it stands. */
    private void checkLookup(long height, HeaderRecord block, byte[] body) {
        if (height >= next(TxLookupStage.ID)) {
            return;
        }
        int index = 0;
        for (byte[] transaction : BlockBody.decode(body).transactionValues()) {
            byte[] stored = get(ChainTables.TX_LOOKUP, keccak.hash(transaction));
            byte[] expected = new TxLocation(height, index).encode();
            if (!Arrays.equals(stored, expected)) {
                addFault(height, block, "the lookup does not lead to transaction " + index);
            }
            index++;
        }
    }

    private void addFault(long height, HeaderRecord block, @Nullable String fault) {
        if (fault != null) {
            problems.add(name(height, block) + ": " + fault);
        }
    }

    /** Data and progress are one commit, so neither may be ahead. */
    private void checkEnd(TableSpec spec, long next) {
        Table table = store.findTable(spec.name());
        long last = table == null ? -1 : snapshot.lastHeight(table);
        if (last != next - 1) {
            problems.add(
                    "table " + spec.name() + " ends at height " + last + ", its stage stands at "
                            + next);
        }
    }

    private void checkLineage(Progress stage) {
        ItemId recorded = stage.lineage();
        if (recorded == null) {
            return;
        }
        problems.guard(
                "stage " + stage.stage(),
                () -> {
                    HeaderRecord block = header(stage.next() - 1);
                    if (block != null && !recorded.equals(ItemId.of(block.hash()))) {
                        problems.add(
                                "stage " + stage.stage() + " stands on " + recorded
                                        + " at height " + (stage.next() - 1) + ", the header is "
                                        + ItemId.of(block.hash()));
                    }
                });
    }

    private void checkHead(StateVerifier state) {
        HeadRecord head = HeadRecord.read(store, snapshot);
        long next = next(FinishStage.ID);
        if (head == null || head.height() != next - 1) {
            if (head != null || next > 0) {
                problems.add(
                        "the head is " + (head == null ? "missing" : "block " + head.height())
                                + ", the last stage stands at " + next);
            }
            return;
        }
        HeaderRecord block = header(head.height());
        if (block == null) {
            return;
        }
        ItemId hash = ItemId.of(block.hash());
        if (!hash.equals(ItemId.of(head.hash()))
                || !block.header().matches(HeaderField.STATE_ROOT, head.stateRoot())) {
            problems.add(
                    "the head is " + ItemId.of(head.hash()) + " with state root "
                            + ItemId.of(head.stateRoot()) + ", " + name(head.height(), block)
                            + " has " + ItemId.of(block.header().stateRoot()));
        }
        long transactions = state.transactionsUpTo(head.height());
        if (head.transactions() != transactions) {
            problems.add(
                    "the head counts " + head.transactions() + " transactions, its blocks have "
                            + transactions);
        }
    }

    static String name(long height, HeaderRecord block) {
        return "block " + height + " (" + ItemId.of(block.hash()) + ")";
    }
}
