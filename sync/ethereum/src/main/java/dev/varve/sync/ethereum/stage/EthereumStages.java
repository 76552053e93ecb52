package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.SyncTarget;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Genesis;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pipeline needs to import an Ethereum chain. */
public final class EthereumStages {

    /** Id of the stage that compares state roots: it stands behind the last one compared. */
    public static final String STATE_ROOT = StateRootStage.ID;

    private EthereumStages() {}

    /** All stages, reading from a source that holds the chain from its first block on. */
    public static List<Stage> of(BlockSource source, Genesis genesis) {
        return List.of(
                new HeadersStage(source, genesis),
                new BlockHashesStage(),
                new BodiesStage(source),
                new ExecutionStage(genesis),
                new StateRootStage(),
                new FinishStage());
    }

    /** The source's chain up to its last block, or to {@code limit} if that is lower. */
    public static SyncTarget target(BlockSource source, long limit) {
        Keccak256 keccak = new Keccak256();
        return new SyncTarget() {
            @Override
            public long head() {
                return Math.min(source.end() - 1, limit);
            }

            @Override
            public @Nullable ItemId idAt(long height) {
                // A source that ends below where the store stands says nothing against it.
                return height < source.end()
                        ? ItemId.of(keccak.hash(source.header(height)))
                        : null;
            }
        };
    }
}
