package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.TableSpec;
import dev.varve.sync.StepContext;

/** Reading what an earlier stage must have written. */
final class Stages {

    private Stages() {}

    static HeaderRecord header(StepContext context, long height) {
        return HeaderRecord.decode(required(context, ChainTables.HEADER, height));
    }

    /** The value at a height that an input of the stage is past. */
    static byte[] required(StepContext context, TableSpec table, long height) {
        byte[] value = context.get(table, height);
        if (value == null) {
            throw new IllegalStateException(
                    "table " + table.name() + " has nothing at height " + height
                            + ", which the stage that owns it is past");
        }
        return value;
    }
}
