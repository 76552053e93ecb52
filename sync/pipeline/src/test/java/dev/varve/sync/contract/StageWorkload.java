package dev.varve.sync.contract;

import dev.varve.logstore.TableSpec;
import dev.varve.sync.Stage;
import dev.varve.sync.SyncTarget;
import java.util.List;

/** Some stages and a chain for them. Every call gives the same, in new objects. */
public interface StageWorkload {

    /** How many items the chain has; a dozen is enough, two the least. */
    int items();

    /** All stages of a pipeline. */
    List<Stage> stages();

    /** The chain, cut off behind its first {@code items} items. */
    SyncTarget target(int items);

    /** Every key that a table found by key may have a value for: such a table cannot be listed. */
    List<byte[]> keys(TableSpec table);
}
