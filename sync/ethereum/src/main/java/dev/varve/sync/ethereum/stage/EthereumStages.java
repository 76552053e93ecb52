package dev.varve.sync.ethereum.stage;

import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.SyncTarget;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Genesis;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pipeline needs to import an Ethereum chain. */
public final class EthereumStages {

    /** Id of the stage that compares state roots: it stands behind the last one compared. */
    public static final String STATE_ROOT = StateRootStage.ID;

    private EthereumStages() {}

    /**
     * All stages but the transaction lookup, reading from a source that holds the chain from its
     * first block on; everything happens in the thread that runs the pipeline.
     */
    public static List<Stage> of(BlockSource source, Genesis genesis) {
        // Of one thread, the calling one: there is nothing to close.
        return of(source, genesis, executor().build());
    }

    /**
     * The same stages, which execute blocks with the threads of an executor; the tables are the same
     * for every number of threads.
     *
     * @param executor such as {@link #executor} makes, of any mode but ordered locks: who sends is
     *     not known in advance; closed by the caller, after the pipeline
     */
    public static List<Stage> of(BlockSource source, Genesis genesis, BlockExecutor executor) {
        return List.of(
                new HeadersStage(source, genesis),
                new BlockHashesStage(),
                new BodiesStage(source),
                new ExecutionStage(genesis, executor),
                new StateRootStage(),
                new FinishStage(BlockHashesStage.ID, StateRootStage.ID));
    }

    /**
     * All stages: those of {@link #of(BlockSource, Genesis, BlockExecutor)}, and one that makes
     * transactions findable by their hash.
     *
     * @param lookup the gate of {@link ChainTables#TX_LOOKUP}
     */
    public static List<Stage> of(
            BlockSource source, Genesis genesis, BlockExecutor executor, DuplicateGate lookup) {
        List<Stage> stages = new ArrayList<>(of(source, genesis, executor));
        stages.removeLast();
        stages.add(new TxLookupStage(lookup));
        stages.add(new FinishStage(BlockHashesStage.ID, StateRootStage.ID, TxLookupStage.ID));
        return List.copyOf(stages);
    }

    /**
     * An executor as suits transfers, to be given threads: most of their time goes into signatures,
     * which never conflict, so it is always worth while to begin all of them at once.
     */
    public static BlockExecutor.Builder executor() {
        return BlockExecutor.builder().mode(ExecutorMode.SPECULATIVE);
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
