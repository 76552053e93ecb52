package dev.varve.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.IdHash;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.Storage;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples in README.md compile without a warning, and in a JVM of their own, started without a
 * flag, print what is said there and nothing else.
 */
final class ReadmeTest {

    private static final Pattern EXAMPLE =
            Pattern.compile(
                    "<!-- example -->\\s*```java\\n(.*?)```\\s.*?```text\\n(.*?)```\\s*"
                            + "<!-- end of example -->",
                    Pattern.DOTALL);

    @Test
    void shouldRunTheExamples(@TempDir Path folder) throws IOException, InterruptedException {
        Path readme = Path.of(System.getProperty("varve.root"), "README.md");
        Matcher example = EXAMPLE.matcher(Files.readString(readme));
        assertTrue(example.find(), "no example between the markers");
        // The second time the store is there already: nothing changes, but what is let in once.
        runTwice(folder, example, example.group(2));
        assertTrue(example.find(), "no second example between the markers");
        runTwice(folder, example, example.group(2).replace("ADDED", "DUPLICATE"));
    }

    private static void runTwice(Path folder, Matcher example, String secondOutput)
            throws IOException, InterruptedException {
        String type = typeOf(example.group(1));
        compile(Files.writeString(folder.resolve(type + ".java"), example.group(1)), folder);
        Path store = folder.resolve("store of " + type);
        assertEquals(example.group(2), run(folder, type, store));
        assertEquals(secondOutput, run(folder, type, store));
    }

    private static String typeOf(String source) {
        Matcher type = Pattern.compile("public final class (\\w+)").matcher(source);
        assertTrue(type.find(), source);
        return type.group(1);
    }

    /** What an embedder needs, and nothing else. */
    private static String classPath() {
        return Stream.of(LedgerStore.class, LogStore.class, IdHash.class, Storage.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                .map(location -> Path.of(URI.create(location.toString())).toString())
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void compile(Path source, Path folder) {
        StringWriter messages = new StringWriter();
        PrintWriter writer = new PrintWriter(messages);
        List<String> arguments =
                List.of(
                        "-Xlint:all",
                        "-Werror",
                        "-proc:none",
                        "-classpath",
                        classPath(),
                        "-d",
                        folder.toString(),
                        source.toString());
        int code =
                ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(writer, writer, arguments.toArray(String[]::new));
        assertEquals(0, code, messages::toString);
    }

    private static String run(Path folder, String type, Path store)
            throws IOException, InterruptedException {
        ProcessBuilder java =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-classpath",
                        classPath() + File.pathSeparator + folder,
                        type,
                        store.toString());
        java.environment().keySet().removeIf(name -> name.endsWith("JAVA_OPTIONS"));
        java.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = java.redirectErrorStream(true).start();
        byte[] printed = process.getInputStream().readAllBytes();
        String text = new String(printed, StandardCharsets.UTF_8).replace("\r\n", "\n");
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
