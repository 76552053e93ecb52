package dev.varve.jmh.workload;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.CycleReport;
import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Pipeline;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.SyncTarget;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Takes items through two stages, of which the first writes them by height and the second reads
 * them and writes them by id, in steps of 256; one item through both is one operation. What is left
 * when the stages do next to nothing is the cost of the pipeline itself.
 */
final class StageWorkload implements Workload {

    private static final String FOLDER = "stage";
    private static final long STEP = 256;
    private static final long MAX_STORE_BYTES = 64 << 20;

    private static final TableSpec ITEMS = TableSpec.byHeight("items");
    private static final TableSpec INDEX = TableSpec.byKey("index");

    private final Site site;
    private LogStore store;
    private Pipeline pipeline;
    private long head;
    private long done;

    StageWorkload(Site site) {
        this.site = site;
        store = LogStore.open(site.storage(FOLDER), LogOptions.bulk());
        pipeline = pipeline();
    }

    private Pipeline pipeline() {
        return Pipeline.over(store).stage(new ItemStage()).stage(new IndexStage()).build();
    }

    @Override
    public long run(long operations) {
        for (long left = operations; left > 0; left -= Math.min(left, STEP)) {
            head += Math.min(left, STEP);
            CycleReport report = pipeline.run(new Chain());
            if (report.outcome() != CycleReport.Outcome.REACHED) {
                throw new IllegalStateException("the pipeline ended with " + report);
            }
        }
        done += operations;
        return done;
    }

    @Override
    public void force() {
        store.force();
    }

    @Override
    public void tidy() {
        if (store.visible() < MAX_STORE_BYTES) {
            return;
        }
        close();
        Site.delete(site.folder().resolve(FOLDER));
        head = 0;
        store = LogStore.open(site.storage(FOLDER), LogOptions.bulk());
        pipeline = pipeline();
    }

    @Override
    public void close() {
        pipeline.close();
        store.close();
    }

    private ItemId id(long height) {
        return ItemId.of(new Records(site.seed()).key(height).toArray(ValueLayout.JAVA_BYTE));
    }

    /** The items below the head. */
    private final class Chain implements SyncTarget {
        @Override
        public long head() {
            return head - 1;
        }

        @Override
        public @Nullable ItemId idAt(long height) {
            return height < head ? id(height) : null;
        }
    }

    /** Writes each item by height. */
    private final class ItemStage implements Stage {
        private final Records records = new Records(site.seed());

        @Override
        public StageSpec spec() {
            return StageSpec.named("items").owns(ITEMS).build();
        }

        @Override
        public StepResult forward(StepContext context, HeightRange range) {
            for (long height = range.from(); height < range.to(); height++) {
                byte[] value = records.value(height).toArray(ValueLayout.JAVA_BYTE);
                context.put(ITEMS, height, value);
                context.countItems(1);
            }
            context.lineage(id(range.to() - 1));
            return new StepResult.Done(range.to());
        }
    }

    /** Reads each item and writes it by id. */
    private final class IndexStage implements Stage {
        @Override
        public StageSpec spec() {
            return StageSpec.named("index").inputs("items").owns(INDEX).build();
        }

        @Override
        public StepResult forward(StepContext context, HeightRange range) {
            for (long height = range.from(); height < range.to(); height++) {
                byte[] value = context.get(ITEMS, height);
                if (value == null) {
                    throw new IllegalStateException("no item at height " + height);
                }
                context.put(INDEX, height, id(height).bytes(), value);
                context.countItems(1);
            }
            context.lineage(id(range.to() - 1));
            return new StepResult.Done(range.to());
        }
    }
}
