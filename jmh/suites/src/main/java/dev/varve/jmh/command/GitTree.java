package dev.varve.jmh.command;

import dev.varve.jmh.IncompleteException;
import dev.varve.jmh.UsageException;
import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    private final String commit;
    private final WorkFolder folder;
    private final Thread atExit = new Thread(this::abandon, "varve-git-tree");

    /** What is being run in the folder. */
    private volatile @Nullable Process running;

    private GitTree(Path repository, String commit, WorkFolder folder) {
        this.repository = repository;
        this.commit = commit;
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** The full name of the commit that {@code ref} means; it must hold the harness. */
    static String commit(Path repository, String ref) throws IOException {
        Answer commit = run(repository, "git", "rev-parse", "--verify", "-q", ref + "^{commit}");
        if (commit.code != 0) {
            throw new UsageException(whyUnknown(repository, ref));
        }
        return commit.text.strip();
    }

    private static String whyUnknown(Path repository, String ref) throws IOException {
        Answer shallow = run(repository, "git", "rev-parse", "--is-shallow-repository");
        if (shallow.code != 0) {
            return "git knows no repository in " + repository + ": " + shallow.text.strip();
        }
        String unknown = "git knows no commit '" + ref + "'";
        return shallow.text.strip().equals("true")
                ? unknown + "; this clone is shallow, and may get it by 'git fetch --unshallow'"
                : unknown;
    }

    /** How many files differ from the commit that is checked out, new ones included. */
    static long changedFiles(Path repository) throws IOException {
        return run(repository, "git", "status", "--porcelain").text.lines().count();
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
        GitTree tree = new GitTree(repository, commit, folder);
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

    /** The folder for reports of this commit, with its budgets. */
    Path reports() {
        return folder().resolve(Suites.REPORTS);
    }

    /**
     * Builds the harness of this commit, without its tests.
     *
     * @return the class path to run it
     * @throws IncompleteException with what the build printed, if it failed
     */
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
            throw new IncompleteException(
                    commit + " does not build:\n" + built.text.strip(), List.of());
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

    private static Process start(Path directory, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(directory.toFile());
        builder.redirectErrorStream(true);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UsageException("cannot run " + command[0] + ": " + e.getMessage());
        }
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
