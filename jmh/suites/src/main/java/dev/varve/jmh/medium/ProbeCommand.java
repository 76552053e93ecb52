package dev.varve.jmh.medium;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** {@code varve bench probe}: what the medium below a folder can do. */
public final class ProbeCommand implements BenchCommand {

    @Override
    public String name() {
        return "probe";
    }

    @Override
    public String usage() {
        return "[--dir FOLDER]  what the medium of a folder does, whatever it is declared to be";
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        Arguments given = Arguments.parse(arguments, Set.of(), Set.of("--dir"));
        if (!given.words().isEmpty()) {
            throw new UsageException("probe does not know '" + given.words().getFirst() + "'");
        }
        Path folder = given.folder();
        Preflight.writableFolder(folder);
        Preflight.diskBytes(folder, MediumProbe.thoroughBytes());
        try {
            MediumFigures figures = MediumProbe.thorough(folder);
            out.println(folder + ": " + figures);
            return figures.results();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
