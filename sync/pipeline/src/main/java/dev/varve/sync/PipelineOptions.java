package dev.varve.sync;

/**
 * How a pipeline runs. Immutable; start from {@link #defaults()}.
 *
 * @param limits what bounds one step of one stage
 * @param tipGap heights behind the target up to which all stages go in one commit; 0 for never, at
 *     most {@code limits.maxItems()}
 * @param retry how often a failed step is tried
 */
public record PipelineOptions(StepLimits limits, int tipGap, RetryPolicy retry) {

    private static final int DEFAULT_TIP_GAP = 32;

    public PipelineOptions {
        if (tipGap < 0 || tipGap > limits.maxItems()) {
            throw new IllegalArgumentException(
                    "tipGap is " + tipGap + ", not 0 to maxItems, " + limits.maxItems());
        }
    }

    public static PipelineOptions defaults() {
        return new PipelineOptions(StepLimits.defaults(), DEFAULT_TIP_GAP, RetryPolicy.defaults());
    }

    /** The gap becomes smaller if the new limits demand it. */
    public PipelineOptions withLimits(StepLimits newLimits) {
        return new PipelineOptions(newLimits, Math.min(tipGap, newLimits.maxItems()), retry);
    }

    public PipelineOptions withTipGap(int heights) {
        return new PipelineOptions(limits, heights, retry);
    }

    public PipelineOptions withRetry(RetryPolicy policy) {
        return new PipelineOptions(limits, tipGap, policy);
    }
}
