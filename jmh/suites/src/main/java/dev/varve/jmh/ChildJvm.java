package dev.varve.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another Java process that is talked to line by line. What it prints to the error stream goes to
 * that of this process. Confined to one thread; closing ends the process, and so does the end of
 * this one.
 */
public final class ChildJvm implements AutoCloseable {

    /**
     * Small and fixed, so that two children differ by nothing but their code. No native access: it
     * would give huge pages to a filter, and not to the plain memory that it is compared with.
     */
    private static final List<String> FLAGS =
            List.of(
                    "-Xms512m",
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-XX:-UsePerfData");

    private static final long GRACE_SECONDS = 10;

    private final Process process;
    private final Thread atExit;
    private final BufferedReader output;
    private final Writer input;

    private ChildJvm(Process process) {
        this.process = process;
        atExit = new Thread(process::destroyForcibly, "varve-child");
        Runtime.getRuntime().addShutdownHook(atExit);
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** The class path that this process runs with. */
    public static String ownClassPath() {
        return ManagementFactory.getRuntimeMXBean().getClassPath();
    }

    /**
     * Starts a main class.
     *
     * @param flags for the JVM, beside those that all children get
     * @param program the main class's name, then its arguments
     */
    public static ChildJvm start(String classPath, List<String> flags, List<String> program)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.addAll(FLAGS);
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath));
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        return new ChildJvm(builder.start());
    }

    private static String java() {
        return ProcessHandle.current()
                .info()
                .command()
                .orElseGet(() -> Path.of("java").toString());
    }

    /** Processor time of all its threads so far, in the ticks of the system; 0 if unknown. */
    public long processorNs() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** Sends a line. */
    public void tell(String line) {
        try {
            input.write(line + '\n');
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the child ended when told '" + line + "'", e);
        }
    }

    /** Waits for the line that answers what it was told. */
    public String answer() {
        try {
            String answer = output.readLine();
            if (answer == null) {
                throw new IllegalStateException("the child ended instead of answering");
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the child ended instead of answering", e);
        }
    }

    /** The next line that the child prints, or null when it has printed its last. */
    public @Nullable String readLine() throws IOException {
        return output.readLine();
    }

    /** Waits for the end of a child that was told all. */
    public void awaitSuccess() throws IOException {
        input.close();
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException("the child ended with exit code " + code);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a child", e);
        }
    }

    /** Ends the process, kindly at first: a child ends when its input does. */
    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This process is ending: the thread runs, and finds the child ended.
            assert !process.isAlive() || atExit.isAlive();
        }
    }

    private void end() {
        try {
            input.close();
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
