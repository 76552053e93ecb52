package dev.varve.jmh.command;

import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.Site;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One commit of a repository, checked out in a temporary folder of its own. Closing removes the
 * folder, and git's note of it. Confined to one thread.
 */
final class GitTree implements AutoCloseable {

    private static final String MODULE = "jmh/suites";

    /** What a commit has to have to take part in a duel. */
    private static final String CHILD =
            MODULE + "/src/main/java/dev/varve/jmh/duel/DuelChild.java";

    private final Path repository;
    private final Path folder;

    private GitTree(Path repository, Path folder) {
        this.repository = repository;
        this.folder = folder;
    }

    /** The full name of the commit that {@code ref} means; it must hold the harness. */
    static String commit(Path repository, String ref) throws IOException {
        Answer commit = run(repository, "git", "rev-parse", "--verify", "-q", ref + "^{commit}");
        if (commit.code != 0) {
            throw new UsageException("git knows no commit '" + ref + "'");
        }
        return commit.text.strip();
    }

    /** Refuses a commit from before there was something to compare with. */
    static void requireHarness(Path repository, String commit) throws IOException {
        if (run(repository, "git", "cat-file", "-e", commit + ":" + CHILD).code != 0) {
            throw new UsageException(commit + " has no harness that could be compared with");
        }
    }

    /** Checks a commit out below {@code parent}. */
    static GitTree checkOut(Path repository, String commit, Path parent) throws IOException {
        Path folder = Files.createTempDirectory(parent, "varve-gate-");
        GitTree tree = new GitTree(repository, folder);
        Answer added =
                run(
                        repository,
                        "git",
                        "worktree",
                        "add",
                        "--force",
                        "--detach",
                        folder.toString(),
                        commit);
        if (added.code != 0) {
            tree.close();
            throw new IOException("cannot check out " + commit + ": " + added.text);
        }
        return tree;
    }

    Path folder() {
        return folder;
    }

    /** Builds the harness of this commit, without its tests; returns the class path to run it. */
    String build() throws IOException {
        Answer built =
                run(
                        folder,
                        folder.resolve("mvnw").toString(),
                        "--batch-mode",
                        "-q",
                        "-DskipTests",
                        "-pl",
                        MODULE,
                        "-am",
                        "package");
        if (built.code != 0) {
            throw new IOException("cannot build " + folder + ": " + built.text);
        }
        Path target = folder.resolve(MODULE).resolve("target");
        return target.resolve("classes") + ":" + Files.readString(target.resolve("class-path"));
    }

    @Override
    public void close() throws IOException {
        Site.delete(folder);
        run(repository, "git", "worktree", "prune");
    }

    private static Answer run(Path directory, String... command) throws IOException {
        List<String> words = new ArrayList<>(Arrays.asList(command));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.directory(directory.toFile());
        builder.redirectErrorStream(true);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            byte[] text = process.getInputStream().readAllBytes();
            return new Answer(process.waitFor(), new String(text, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + words, e);
        }
    }

    /** How a program ended. */
    private record Answer(int code, String text) {}
}
