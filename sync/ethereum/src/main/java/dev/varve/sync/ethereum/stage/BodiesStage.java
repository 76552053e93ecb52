package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.source.BlockSource;
import org.jspecify.annotations.Nullable;

/** Takes bodies, and receipts where the source has them, and compares them with the header. */
final class BodiesStage implements Stage {

    static final String ID = "bodies";

    private final BlockSource source;
    private final BodyRoots roots = new BodyRoots();

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
        String fault = faultOfBody(height, header, body);
        return fault != null || receipts == null
                ? fault
                : faultOfReceipts(height, header, receipts);
    }

    private @Nullable String faultOfBody(long height, BlockHeader header, byte[] body) {
        try {
            return roots.faultOfBody(header, body);
        } catch (RlpException e) {
            throw source.damaged(height, "block " + height + " has no valid body", e);
        }
    }

    private @Nullable String faultOfReceipts(long height, BlockHeader header, byte[] receipts) {
        try {
            return roots.faultOfReceipts(header, receipts);
        } catch (RlpException e) {
            throw source.damaged(height, "block " + height + " has no valid receipts", e);
        }
    }
}
