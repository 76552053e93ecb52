package dev.varve.jmh.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is left behind: neither when all goes well, nor after an interrupt from the keyboard. */
final class WorkFolderTest {

    private static final long PATIENCE_SECONDS = 30;

    @TempDir Path folder;

    /** Makes a folder with something in it and a child, says so, and waits for its end. */
    static final class Waiting {

        private Waiting() {}

        public static void main(String[] arguments) throws IOException {
            try (WorkFolder work = WorkFolder.in(Path.of(arguments[0]), "work-");
                    ChildJvm child =
                            ChildJvm.start(
                                    ChildJvm.ownClassPath(),
                                    List.of(),
                                    List.of(Sleeping.class.getName()))) {
                Files.writeString(work.path().resolve("something"), "kept by nobody");
                System.out.println(Objects.requireNonNull(child.readLine()));
                System.in.read();
            }
        }
    }

    /** Says its process id and does nothing more, whatever becomes of its input. */
    static final class Sleeping {

        private Sleeping() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println(ProcessHandle.current().pid());
            TimeUnit.SECONDS.sleep(2 * PATIENCE_SECONDS);
        }
    }

    @Test
    void shouldBeGoneWhenClosed() throws IOException {
        try (WorkFolder work = WorkFolder.in(folder, "work-")) {
            Files.writeString(work.path().resolve("something"), "x");
        }
        assertEmpty();
    }

    @Test
    void shouldBeGoneWithTheChildWhenTheProcessIsToldToEnd() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Waiting.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        ProcessHandle child;
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            long pid = Long.parseLong(Objects.requireNonNull(lines.readLine()));
            child = ProcessHandle.of(pid).orElseThrow();
            process.destroy();
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        child.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertFalse(child.isAlive());
        assertEmpty();
    }

    private void assertEmpty() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
