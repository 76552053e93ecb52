package dev.varve.sync.ethereum.stage;

import dev.varve.engine.dedup.Answer;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.crypto.Keccak256;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes transactions findable by their hash. A block that names one which is in the chain already,
 * or names one twice, is bad: the gate of the table tells, mostly without reading anything.
 */
final class TxLookupStage implements Stage {

    static final String ID = "tx-lookup";

    private final DuplicateGate gate;
    private final Keccak256 keccak = new Keccak256();

    TxLookupStage(DuplicateGate gate) {
        if (!gate.table().spec().equals(ChainTables.TX_LOOKUP)) {
            throw new IllegalArgumentException("a gate of table " + gate.table().name());
        }
        this.gate = gate;
    }

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID)
                .inputs(BodiesStage.ID)
                .owns(ChainTables.TX_LOOKUP)
                .build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            byte[] hash = Stages.header(context, height).hash();
            byte[] body = Stages.required(context, ChainTables.BODY, height);
            String fault = take(context, height, BlockBody.decode(body).transactionValues());
            if (fault != null) {
                return new StepResult.BadItem(height, ItemId.of(hash), fault);
            }
            context.lineage(ItemId.of(hash));
            height++;
        }
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }

    /** Reserves the transactions of a block, and says which of them may not be in it. */
    private @Nullable String take(StepContext context, long height, List<byte[]> transactions) {
        if (transactions.isEmpty()) {
            return null;
        }
        try (IdRequest request = gate.newRequest(transactions.size())) {
            byte[][] hashes = new byte[transactions.size()][];
            for (int i = 0; i < hashes.length; i++) {
                hashes[i] = keccak.hash(transactions.get(i));
                request.put(hashes[i], height, new TxLocation(height, i).encode());
            }
            context.add(gate.reserve(request));
            for (int i = 0; i < hashes.length; i++) {
                if (request.answer(i) != Answer.RESERVED) {
                    // Only the pipeline adds: who holds a contended one is a block before this.
                    return "transaction 0x" + HexFormat.of().formatHex(hashes[i])
                            + " is in the chain already";
                }
            }
        }
        context.countItems(transactions.size());
        return null;
    }
}
