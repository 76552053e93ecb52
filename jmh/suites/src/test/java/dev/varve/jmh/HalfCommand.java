package dev.varve.jmh;

import java.io.PrintStream;
import java.util.List;

/** A command of which only a part succeeds; found beside the real ones. */
public final class HalfCommand implements BenchCommand {

    static final BenchResult DONE = BenchResult.plain("half", "done", 1, "x");

    @Override
    public String name() {
        return "half";
    }

    @Override
    public String usage() {
        return "  fails half way";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        throw new IncompleteException("the other half failed", List.of(DONE));
    }
}
