package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import java.nio.ByteBuffer;

/** Makes blocks findable by their hash. */
final class BlockHashesStage implements Stage {

    static final String ID = "block-hashes";

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID)
                .inputs(HeadersStage.ID)
                .owns(ChainTables.BLOCK_HASH)
                .build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            byte[] hash = Stages.header(context, height).hash();
            byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(height).array();
            context.put(ChainTables.BLOCK_HASH, height, hash, value);
            context.lineage(ItemId.of(hash));
            height++;
        }
        context.countItems(height - range.from());
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }
}
