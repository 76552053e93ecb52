package dev.varve.jmh;

import java.nio.file.Path;
import java.util.Objects;

/** The folder of the project whose tests run. */
public final class ProjectFolder {

    private ProjectFolder() {}

    public static Path root() {
        return Path.of(Objects.requireNonNull(System.getProperty("varve.root"), "varve.root"));
    }

    /** Where the committed budgets are. */
    public static Path budgets() {
        return root().resolve("perf-reports").resolve("budgets");
    }
}
