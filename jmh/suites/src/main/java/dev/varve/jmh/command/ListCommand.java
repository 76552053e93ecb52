package dev.varve.jmh.command;

import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.HotPath;
import java.io.PrintStream;
import java.util.List;

/** Says what there is to run. */
public final class ListCommand implements BenchCommand {

    @Override
    public String name() {
        return "list";
    }

    @Override
    public String usage() {
        return "  names the suites, one for each hot path";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        if (!arguments.isEmpty()) {
            throw new UsageException("list takes no arguments, not " + arguments);
        }
        for (HotPath path : HotPath.values()) {
            out.println(path.suite() + "\t" + path.summary());
        }
        return List.of();
    }
}
