package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;

/** Publishes the head: the newest block that all stages are past. */
final class FinishStage implements Stage {

    static final String ID = "finish";

    private final String[] inputs;

    /** The last stage behind those stages. */
    FinishStage(String... inputs) {
        this.inputs = inputs;
    }

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID)
                .inputs(inputs)
                .owns(ChainTables.HEAD)
                .build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        byte[] known = context.get(ChainTables.HEAD, HeadRecord.key());
        long transactions = known == null ? 0 : HeadRecord.decode(known).transactions();
        for (long height = range.from(); height < range.to(); height++) {
            byte[] changes = Stages.required(context, ChainTables.ACCOUNT_CHANGE, height);
            transactions += AccountChanges.transactions(changes);
        }
        long height = range.to() - 1;
        HeaderRecord header = Stages.header(context, height);
        HeadRecord head =
                new HeadRecord(
                        height, header.hash(), header.header().stateRoot(), transactions);
        context.put(ChainTables.HEAD, height, HeadRecord.key(), head.encode());
        context.lineage(ItemId.of(header.hash()));
        context.countItems(range.to() - range.from());
        return new StepResult.Done(range.to());
    }
}
