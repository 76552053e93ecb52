package dev.varve.logstore;

import dev.varve.logstore.run.MergePolicy;
import dev.varve.logstore.run.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Which runs of the current view are to become one. Neighbours alone, and none that is damaged: it
 * is written again first. For any thread; what is picked may be gone when it is looked at, unless
 * the caller excludes whoever else merges.
 */
final class RunNeighbours {

    /** Runs of fewer entries in all are merged when the store closes: that takes no time. */
    private static final long CLOSE_MERGE_ENTRIES = 1 << 20;

    private final Views views;
    private final DamagedParts damaged;

    RunNeighbours(Views views, DamagedParts damaged) {
        this.views = views;
        this.damaged = damaged;
    }

    static long entries(List<RunPart> parts) {
        return parts.stream().mapToLong(part -> part.run().entries()).sum();
    }

    /** Those that should become one, oldest first; or none. */
    List<RunPart> due() {
        return pick(Long.MAX_VALUE, MergePolicy::pick);
    }

    /** The same, if merging them takes no time. */
    List<RunPart> dueAtLast() {
        List<RunPart> due = due();
        return entries(due) > CLOSE_MERGE_ENTRIES ? List.of() : due;
    }

    /** Those in front of a position that can become one, oldest first; or none. */
    List<RunPart> all(long end) {
        return pick(end, MergePolicy::pickAll);
    }

    /** The first that are picked, of each row of sound neighbours. */
    private List<RunPart> pick(long end, UnaryOperator<List<Run>> policy) {
        List<RunPart> row = new ArrayList<>();
        List<RunPart> picked = List.of();
        for (KeyPart part : views.current().keys()) {
            if (!(part instanceof RunPart run) || run.start() >= end) {
                break; // what is behind a part in memory is no neighbour
            }
            if (damaged.isSound(run)) {
                row.add(run);
            } else {
                picked = picked.isEmpty() ? pick(row, policy) : picked;
                row.clear();
            }
        }
        return picked.isEmpty() ? pick(row, policy) : picked;
    }

    private static List<RunPart> pick(List<RunPart> row, UnaryOperator<List<Run>> policy) {
        List<Run> picked = policy.apply(row.stream().map(RunPart::run).toList());
        return row.stream().filter(part -> picked.contains(part.run())).toList();
    }
}
