package dev.varve.sync;

import java.util.function.BiFunction;

/** A stage that does what a test says. */
final class ScriptedStage implements Stage {

    private final StageSpec spec;
    private final BiFunction<StepContext, HeightRange, StepResult> script;

    private ScriptedStage(
            StageSpec spec, BiFunction<StepContext, HeightRange, StepResult> script) {
        this.spec = spec;
        this.script = script;
    }

    static Stage of(StageSpec spec, BiFunction<StepContext, HeightRange, StepResult> script) {
        return new ScriptedStage(spec, script);
    }

    /**
     * As {@link Toys.Items}, but whenever {@code script} returns something that is the step's
     * result.
     */
    static Stage items(BiFunction<StepContext, HeightRange, StepResult> script) {
        Toys.Items items = new Toys.Items();
        return of(
                items.spec(),
                (context, range) -> {
                    StepResult result = script.apply(context, range);
                    return result == null ? items.forward(context, range) : result;
                });
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        return script.apply(context, range);
    }
}
