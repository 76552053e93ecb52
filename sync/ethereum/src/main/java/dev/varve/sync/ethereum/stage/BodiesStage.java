package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes bodies, and receipts where the source has them, and compares them with the header: root of
 * the transactions, hash of the uncles, root of the withdrawals, root of the receipts.
 */
final class BodiesStage implements Stage {

    static final String ID = "bodies";

    /** No transactions and no uncles: most early blocks. */
    private static final byte[] EMPTY_BODY = {(byte) 0xc2, (byte) 0xc0, (byte) 0xc0};

    private static final byte[] EMPTY_LIST = {(byte) 0xc0};

    private final BlockSource source;
    private final Keccak256 keccak = new Keccak256();
    private final byte[] noUncles = keccak.hash(EMPTY_LIST);
    private final byte[] emptyRoot = OrderedRoot.of(List.of());

    BodiesStage(BlockSource source) {
        this.source = source;
    }

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID)
                .inputs(HeadersStage.ID)
                .owns(ChainTables.BODY, ChainTables.RECEIPTS)
                .build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            HeaderRecord header = Stages.header(context, height);
            byte[] body = source.body(height);
            byte[] receipts = source.receipts(height);
            String fault = faultOf(height, header.header(), body, receipts);
            if (fault != null) {
                return new StepResult.BadItem(height, ItemId.of(header.hash()), fault);
            }
            context.put(ChainTables.BODY, height, body);
            if (receipts != null) {
                context.put(ChainTables.RECEIPTS, height, receipts);
            }
            context.lineage(ItemId.of(header.hash()));
            height++;
        }
        context.countItems(height - range.from());
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }

    private @Nullable String faultOf(
            long height, BlockHeader header, byte[] body, byte @Nullable [] receipts) {
        String fault =
                Arrays.equals(body, EMPTY_BODY)
                        ? faultOfEmptyBody(header)
                        : faultOf(header, decode(height, body));
        if (fault == null && receipts != null) {
            byte[] root = OrderedRoot.of(receiptValues(height, receipts));
            fault = compare("receipts root", header, HeaderField.RECEIPTS_ROOT, root);
        }
        return fault;
    }

    private @Nullable String faultOfEmptyBody(BlockHeader header) {
        String fault =
                compare("transactions root", header, HeaderField.TRANSACTIONS_ROOT, emptyRoot);
        return fault != null
                ? fault
                : compare("uncles hash", header, HeaderField.UNCLES_HASH, noUncles);
    }

    private @Nullable String faultOf(BlockHeader header, BlockBody body) {
        byte[] transactions = OrderedRoot.of(body.transactionValues());
        String fault =
                compare("transactions root", header, HeaderField.TRANSACTIONS_ROOT, transactions);
        if (fault == null) {
            byte[] uncles = body.unclesHash(keccak);
            fault = compare("uncles hash", header, HeaderField.UNCLES_HASH, uncles);
        }
        if (fault == null && header.has(HeaderField.WITHDRAWALS_ROOT)) {
            byte[] withdrawals = OrderedRoot.of(body.withdrawalValues());
            fault = compare("withdrawals root", header, HeaderField.WITHDRAWALS_ROOT, withdrawals);
        }
        if (fault == null
                && header.has(HeaderField.WITHDRAWALS_ROOT) == (body.withdrawals() == null)) {
            fault = "its header and its body differ on whether there are withdrawals";
        }
        return fault;
    }

    private static @Nullable String compare(
            String what, BlockHeader header, HeaderField field, byte[] computed) {
        return header.matches(field, computed)
                ? null
                : "its " + what + " is " + ItemId.of(computed) + ", its header names "
                        + ItemId.of(header.bytes(field));
    }

    private BlockBody decode(long height, byte[] body) {
        try {
            return BlockBody.decode(body);
        } catch (RlpException e) {
            throw source.damaged(height, "block " + height + " has no valid body", e);
        }
    }

    private List<byte[]> receiptValues(long height, byte[] receipts) {
        try {
            return BlockBody.receiptValues(receipts);
        } catch (RlpException e) {
            throw source.damaged(height, "block " + height + " has no valid receipts", e);
        }
    }
}
