package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import dev.varve.sync.ethereum.trie.NodeSink;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings the state trie to each block and compares its root with the header's. Rehashes only the
 * paths that a block changed; writes, at the end of a step, only the nodes that the step changed.
 */
final class StateRootStage implements Stage {

    static final String ID = "state-root";

    /** Levels of the trie kept in memory from step to step: up to 16^5 nodes, about 10^6. */
    private static final int KEPT_LEVELS = 5;

    /**
     * Account changes after which deeper nodes are let go: looking for them walks the whole trie.
     */
    private static final int TRIM_INTERVAL = 1 << 17;

    private final Keccak256 keccak = new Keccak256();
    private @Nullable MerkleTrie trie;
    private @Nullable StepContext step;
    private long changesSinceTrim;

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID).inputs(ExecutionStage.ID).owns(ChainTables.TRIE).build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        step = context;
        MerkleTrie state = trieBefore(context, range.from());
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            apply(state, Stages.required(context, ChainTables.ACCOUNT_CHANGE, height));
            HeaderRecord block = Stages.header(context, height);
            byte[] root = state.rootHash();
            if (!block.header().matches(HeaderField.STATE_ROOT, root)) {
                trie = null;
                return new StepResult.BadItem(
                        height,
                        ItemId.of(block.hash()),
                        "its state root is " + ItemId.of(root) + ", its header names "
                                + ItemId.of(block.header().stateRoot()));
            }
            context.lineage(ItemId.of(block.hash()));
            height++;
        }
        state.collectDirty(sink(context, height - 1));
        if (changesSinceTrim > TRIM_INTERVAL) {
            state.trim(KEPT_LEVELS);
            changesSinceTrim = 0;
        }
        trie = state;
        context.countItems(height - range.from());
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }

    private MerkleTrie trieBefore(StepContext context, long height) {
        MerkleTrie known = trie;
        trie = null; // until this step is through
        if (known != null && context.continues()) {
            return known;
        }
        byte[] root =
                height == 0
                        ? MerkleTrie.emptyRoot()
                        : Stages.header(context, height - 1).header().stateRoot();
        return MerkleTrie.open(
                path -> Objects.requireNonNull(step).get(ChainTables.TRIE, path), root);
    }

    private void apply(MerkleTrie state, byte[] changes) {
        AccountChanges.visit(
                changes,
                (Address address, byte @Nullable [] account) -> {
                    changesSinceTrim++;
                    byte[] key = keccak.hash(address.bytes());
                    if (account == null) {
                        state.delete(key);
                    } else {
                        state.put(key, account);
                    }
                });
    }

    private static NodeSink sink(StepContext context, long height) {
        return new NodeSink() {
            @Override
            public void put(byte[] pathKey, byte[] nodeRlp) {
                context.put(ChainTables.TRIE, height, pathKey, nodeRlp);
            }

            @Override
            public void delete(byte[] pathKey) {
                context.delete(ChainTables.TRIE, height, pathKey);
            }
        };
    }
}
