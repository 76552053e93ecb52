package dev.varve.jmh.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.IncompleteException;
import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small repository of its own is checked out; needs git. */
final class GitTreeTest {

    @TempDir Path folder;

    private Path repository = Path.of("");
    private Path temporary = Path.of("");

    @BeforeEach
    void makeRepository() throws Exception {
        repository = Files.createDirectory(folder.resolve("repository"));
        temporary = Files.createDirectory(folder.resolve("temporary"));
        git("init", "-q");
        Files.writeString(repository.resolve("file"), "first");
        commit();
        git("tag", "first");
        Files.writeString(repository.resolve("file"), "second");
        commit();
    }

    private void commit() throws Exception {
        git("add", "file");
        git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "m");
    }

    private String git(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("git", "-C", repository.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        byte[] output = process.getInputStream().readAllBytes();
        String text = new String(output, StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }

    @Test
    void shouldHoldTheFilesOfTheCommitAndBeGoneWhenClosed() throws Exception {
        String before = git("worktree", "list");
        Path kept;
        try (GitTree tree =
                GitTree.checkOut(repository, GitTree.commit(repository, "first"), temporary)) {
            kept = tree.folder();
            assertEquals("first", Files.readString(kept.resolve("file")));
            assertEquals("second", Files.readString(repository.resolve("file")));
        }
        assertFalse(Files.exists(kept));
        assertEquals(before, git("worktree", "list"));
    }

    @Test
    void shouldLeaveNothingWhenTheBuildFails() throws Exception {
        try (GitTree tree =
                GitTree.checkOut(repository, GitTree.commit(repository, "HEAD"), temporary)) {
            // It has no mvnw.
            assertThrows(UsageException.class, tree::build);
        }
        try (var left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldRefuseWhenGitKnowsNoSuchCommit() {
        UsageException refusal =
                assertThrows(
                        UsageException.class, () -> GitTree.commit(repository, "no-such-ref"));
        assertEquals("git knows no commit 'no-such-ref'", refusal.getMessage());
    }

    @Test
    void shouldSayWhatTheBuildSaidWhenItFails() throws Exception {
        Path build = repository.resolve("mvnw");
        Files.writeString(build, "#!/bin/sh\necho broken; exit 1");
        assertTrue(build.toFile().setExecutable(true));
        git("add", "mvnw");
        commit();
        String head = GitTree.commit(repository, "HEAD");
        try (GitTree tree = GitTree.checkOut(repository, head, temporary)) {
            IncompleteException failure = assertThrows(IncompleteException.class, tree::build);
            assertEquals(head + " does not build:\nbroken", failure.getMessage());
        }
    }

    @Test
    void shouldSayHowToGetTheCommitWhenTheCloneIsShallow() throws Exception {
        git("clone", "-q", "--depth", "1", repository.toUri().toString(), temporary.toString());
        UsageException refusal =
                assertThrows(UsageException.class, () -> GitTree.commit(temporary, "first"));
        assertTrue(refusal.getMessage().contains("git fetch --unshallow"), refusal.getMessage());
    }

    @Test
    void shouldRefuseWhenThereIsNoRepository() {
        UsageException refusal =
                assertThrows(UsageException.class, () -> GitTree.commit(temporary, "HEAD"));
        String expected = "git knows no repository in " + temporary + ": ";
        assertTrue(refusal.getMessage().startsWith(expected), refusal.getMessage());
    }

    @Test
    void shouldCountWhatIsNotCommitted() throws Exception {
        assertEquals(0, GitTree.changedFiles(repository));
        Files.writeString(repository.resolve("file"), "third");
        Files.writeString(repository.resolve("new"), "first");
        assertEquals(2, GitTree.changedFiles(repository));
    }

    @Test
    void shouldRefuseWhenTheCommitHasNoHarness() throws IOException {
        String commit = GitTree.commit(repository, "first");
        assertThrows(
                UsageException.class, () -> GitTree.requireHarness(repository, commit));
    }
}
