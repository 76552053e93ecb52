package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A store tells of all native memory that it holds, and keeps the bounds that it states. */
final class MemoryStatsTest {

    @Test
    void shouldReportAllMemoryThatTheJvmHasGiven() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-ea",
                                "-XX:+UseSerialGC",
                                "-Xmx256m",
                                "-XX:NativeMemoryTracking=summary",
                                "-cp",
                                System.getProperty("java.class.path"),
                                MemoryStatsWorkload.class.getName())
                        .redirectErrorStream(true)
                        .start();
        try {
            byte[] output = process.getInputStream().readAllBytes();
            assertEquals(0, process.waitFor(), new String(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }
}
