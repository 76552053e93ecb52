package dev.varve.jmh;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one run leaves behind for people: {@code <reports>/<date>-<commit>/} with {@code report.md},
 * verdict first, {@code results.json}, {@code environment.json}, and the histograms that the run
 * put there. One run, one object.
 */
public final class Report {

    private static final String NO_COMMIT = "nogit";

    private final Path folder;
    private final String commit;
    private final Machine machine;
    private final long seed;

    private Report(Path folder, String commit, Machine machine, long seed) {
        this.folder = folder;
        this.commit = commit;
        this.machine = machine;
        this.seed = seed;
    }

    /**
     * Makes the folder of a run that begins.
     *
     * @param reports exists
     * @param measured a folder on the medium that is measured
     */
    public static Report begin(Path reports, Path measured, long seed) throws IOException {
        String commit = commit();
        String name = LocalDate.now(ZoneOffset.UTC) + "-" + commit;
        Path folder = reports.resolve(name);
        for (int again = 2; Files.exists(folder); again++) {
            folder = reports.resolve(name + "-" + again);
        }
        Files.createDirectory(folder);
        return new Report(folder, commit, Machine.of(measured), seed);
    }

    /** Where the run may put more files. */
    public Path folder() {
        return folder;
    }

    /** Writes the files, once the run has ended. */
    public void write(List<BenchResult> results, String command) throws IOException {
        Files.writeString(folder.resolve("results.json"), ResultsJson.of(results));
        Files.writeString(
                folder.resolve("environment.json"),
                "{\"command\": " + ResultsJson.quoted(command)
                        + ", \"commit\": " + ResultsJson.quoted(commit)
                        + ", \"seed\": " + seed
                        + ", \"machine\": " + machine.json()
                        + "}\n");
        Files.writeString(
                folder.resolve("report.md"),
                "# " + Verdict.worst(results) + "\n\n`" + command + "`, commit " + commit
                        + ", seed " + seed + "\n\n"
                        + ResultTable.of(results) + "\n" + machine + "\n");
    }

    /** A folder of the checkout that this code was built in, wherever it is called. */
    private static Path code() {
        Path built =
                Path.of(
                        URI.create(
                                Report.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toString()));
        Path parent = built.getParent();
        return parent == null ? built : parent;
    }

    /** The commit that is checked out, "dirty" if there is more, or what stands for none. */
    static String commit() throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude=*");
        builder.directory(code().toFile());
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            Process process = startOrNone(builder);
            if (process == null) {
                return NO_COMMIT;
            }
            byte[] answer = process.getInputStream().readAllBytes();
            String text = new String(answer, StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 && !text.isEmpty() ? text : NO_COMMIT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking git for the commit", e);
        }
    }

    private static @Nullable Process startOrNone(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            return null; // There is no git.
        }
    }
}
