package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/** What the caller asks for: see {@link BlockExecutor#execute}. */
record BlockInput<R>(
        BaseState base,
        int count,
        TxProgram<R> program,
        @Nullable AccessHints hints,
        @Nullable CommitListener<R> listener) {}
