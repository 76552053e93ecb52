package dev.varve.jmh.command;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.counter.CounterSuites;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Runs suites. */
public final class RunCommand implements BenchCommand {

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String usage() {
        return "SUITE|all [--budgets FOLDER]  counts the suite and holds it to its budgets";
    }

    @Override
    public List<BenchResult> run(List<String> given, PrintStream out) {
        Arguments arguments = Arguments.parse(given, Set.of(), Set.of("--budgets"));
        List<HotPath> paths = Suites.named(arguments.words());
        Path budgets = Suites.budgets(arguments);
        List<BenchResult> results = new ArrayList<>();
        for (HotPath path : paths) {
            try {
                results.addAll(CounterSuites.run(path, budgets));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return results;
    }
}
