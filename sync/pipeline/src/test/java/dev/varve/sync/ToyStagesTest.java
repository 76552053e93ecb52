package dev.varve.sync;

import dev.varve.logstore.TableSpec;
import dev.varve.sync.contract.StageContract;
import java.util.List;

/** The contract, kept by stages that read their inputs, their own tables and their memory. */
final class ToyStagesTest extends StageContract {

    @Override
    public int items() {
        return 10;
    }

    @Override
    public List<Stage> stages() {
        return Toys.stages();
    }

    @Override
    public SyncTarget target(int items) {
        return Toys.chain(items);
    }

    @Override
    public List<byte[]> keys(TableSpec table) {
        return Toys.keys(table, items());
    }
}
