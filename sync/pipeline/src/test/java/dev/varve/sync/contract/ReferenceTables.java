package dev.varve.sync.contract;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.sync.Pipeline;
import dev.varve.sync.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What the tables of each stage must hold when it has done so many items: taken from a pipeline
 * that does one item after the other and is never disturbed. Immutable.
 */
final class ReferenceTables {

    private final Map<String, List<SortedMap<String, String>>> byStage = new HashMap<>();
    private final SortedMap<String, String> last;

    ReferenceTables(StageWorkload workload) {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                Pipeline pipeline = Pipeline.over(store).stages(workload.stages()).build()) {
            for (int items = 0; items <= workload.items(); items++) {
                pipeline.run(workload.target(items));
                for (Stage stage : workload.stages()) {
                    byStage.computeIfAbsent(stage.spec().id(), id -> new ArrayList<>())
                            .add(TableDumps.ofStage(store, workload, stage));
                }
            }
            this.last = TableDumps.all(store, workload);
        }
    }

    /** The tables of one stage when it has done the heights below {@code next}. */
    SortedMap<String, String> at(String stage, long next) {
        return byStage.getOrDefault(stage, List.of()).get((int) next);
    }

    /** The tables of all stages when they have done everything. */
    SortedMap<String, String> last() {
        return last;
    }
}
