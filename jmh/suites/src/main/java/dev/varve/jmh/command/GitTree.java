package dev.varve.jmh.command;

import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One commit of a repository, checked out in a temporary folder of its own. Closing removes the
 * folder, and git's note of it; so does the end of this process. Confined to one thread.
 */
final class GitTree implements AutoCloseable {

    private static final String MODULE = "jmh/suites";

    /** What a commit has to have to take part in a duel. */
    private static final String CHILD =
            MODULE + "/src/main/java/dev/varve/jmh/duel/DuelChild.java";

    private final Path repository;
    private final WorkFolder folder;
    private final Thread atExit = new Thread(this::abandon, "varve-git-tree");

    /** What is being run in the folder. */
    private volatile @Nullable Process running;

    private GitTree(Path repository, WorkFolder folder) {
        this.repository = repository;
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(atExit);
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
        WorkFolder folder = WorkFolder.in(parent, "varve-gate-");
        GitTree tree = new GitTree(repository, folder);
        Answer added =
                run(
                        repository,
                        "git",
                        "worktree",
                        "add",
                        "--force",
                        "--detach",
                        folder.path().toString(),
                        commit);
        if (added.code != 0) {
            tree.close();
            throw new IOException("cannot check out " + commit + ": " + added.text);
        }
        return tree;
    }

    Path folder() {
        return folder.path();
    }

    /** Builds the harness of this commit, without its tests; returns the class path to run it. */
    String build() throws IOException {
        Answer built =
                await(
                        folder(),
                        folder().resolve("mvnw").toString(),
                        "--batch-mode",
                        "-q",
                        "-DskipTests",
                        "-pl",
                        MODULE,
                        "-am",
                        "package");
        if (built.code != 0) {
            throw new IOException("cannot build " + folder() + ": " + built.text);
        }
        Path target = folder().resolve(MODULE).resolve("target");
        return target.resolve("classes") + ":" + Files.readString(target.resolve("class-path"));
    }

    @Override
    public void close() throws IOException {
        folder.close();
        run(repository, "git", "worktree", "prune");
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This process is ending: the thread runs, and finds nothing left to do.
            assert atExit.isAlive() || !Files.exists(folder());
        }
    }

    /** This process is told to end: nothing may go on writing what is to be removed. */
    private void abandon() {
        Process process = running;
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        folder.close();
        try {
            run(repository, "git", "worktree", "prune");
        } catch (IOException e) {
            throw new UncheckedIOException("git still knows of " + folder(), e);
        }
    }

    /** Runs something that is ended with this process. */
    private Answer await(Path directory, String... command) throws IOException {
        Process process = start(directory, command);
        running = process;
        try {
            return answer(process);
        } finally {
            running = null;
        }
    }

    private static Answer run(Path directory, String... command) throws IOException {
        return answer(start(directory, command));
    }

    private static Process start(Path directory, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(directory.toFile());
        builder.redirectErrorStream(true);
        return builder.start();
    }

    private static Answer answer(Process process) throws IOException {
        try {
            process.getOutputStream().close();
            byte[] text = process.getInputStream().readAllBytes();
            return new Answer(process.waitFor(), new String(text, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + process.info(), e);
        }
    }

    /** How a program ended. */
    private record Answer(int code, String text) {}
}
