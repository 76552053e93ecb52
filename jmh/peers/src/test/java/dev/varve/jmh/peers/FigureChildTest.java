package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.jmh.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FigureChildTest {

    private static final long PATIENCE_SECONDS = 60;
    private static final String TOO_MANY = "1000000000";

    /** The end of the program that started it closes the standard input of the process. */
    @Test
    void shouldEndWhenTheProgramAboveIsGone() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx2g",
                                "-cp",
                                ChildJvm.ownClassPath(),
                                HeapSet.class.getName(),
                                TOO_MANY)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            process.getOutputStream().close();
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertEquals(3, process.exitValue(), "it did not end by itself");
        } finally {
            process.destroyForcibly();
        }
    }
}
