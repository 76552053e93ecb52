package dev.varve.sync;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline at one moment, after one commit. Immutable.
 *
 * @param activeStage id of the stage whose step runs, or null between runs
 * @param stages in the order in which they run
 */
public record PipelineStatus(@Nullable String activeStage, List<StageStatus> stages) {

    public PipelineStatus {
        stages = List.copyOf(stages);
    }
}
