package dev.varve.sync.ethereum.stage;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.GenesisAccount;
import dev.varve.sync.ethereum.source.GenesisState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks and writes what each did to accounts: the account's new value at the block's
 * height, and all changes of the block together.
 */
final class ExecutionStage implements Stage {

    static final String ID = "execution";

    private final Genesis genesis;
    private final WorldState state = new WorldState();
    private final BlockExecution execution;
    private final RlpWriter writer = new RlpWriter(4096);

    /** Executes with an executor that somebody else closes. */
    ExecutionStage(Genesis genesis, BlockExecutor executor) {
        this.genesis = genesis;
        this.execution = new BlockExecution(genesis.spec(), state, executor);
    }

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID)
                .inputs(BodiesStage.ID)
                .owns(ChainTables.ACCOUNT, ChainTables.ACCOUNT_CHANGE, ChainTables.CODE)
                .build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        state.begin(context);
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            HeaderRecord block = Stages.header(context, height);
            BlockBody body =
                    BlockBody.decode(Stages.required(context, ChainTables.BODY, height));
            String fault;
            try {
                fault = height == 0 ? beginChain(context) : execution.apply(block, body);
            } catch (UnsupportedBlockException e) {
                if (height == range.from()) {
                    throw e;
                }
                // What came before it is good; it is thrown when it is the first of its range.
                return new StepResult.More(height);
            }
            if (fault != null) {
                return new StepResult.BadItem(height, ItemId.of(block.hash()), fault);
            }
            write(context, height, body.transactions().size());
            context.lineage(ItemId.of(block.hash()));
            height++;
        }
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }

    private void write(StepContext context, long height, int transactions) {
        AccountChanges.Writer changes = new AccountChanges.Writer(writer, transactions);
        for (Map.Entry<Address, @Nullable Account> change : state.changes().entrySet()) {
            byte[] key = change.getKey().bytes();
            Account account = change.getValue();
            byte[] encoded = account == null ? null : account.encode();
            if (encoded == null) {
                context.delete(ChainTables.ACCOUNT, height, key);
            } else {
                context.put(ChainTables.ACCOUNT, height, key, encoded);
            }
            changes.add(key, encoded);
        }
        context.put(ChainTables.ACCOUNT_CHANGE, height, changes.end());
        context.countItems(transactions);
        state.endBlock();
    }

    private @Nullable String beginChain(StepContext context) {
        GenesisState accounts = new GenesisState();
        for (GenesisAccount first : genesis.accounts()) {
            Account account = accounts.account(first);
            if (first.code().length > 0) {
                context.put(ChainTables.CODE, 0, account.codeHash(), first.code());
            }
            state.put(Address.of(first.address()), account);
        }
        return null;
    }
}
