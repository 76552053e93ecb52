package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ConstantDescs;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A class whose initialisation fails for want of stack is of no use for ever; so all of them are
 * initialised when the first executor is built.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class FirstBlockTest {

    private static final long STACK_BYTES = 256 * 1024;

    /** So many, one step apart, that the stack ends anywhere below the touch of a key. */
    private static final int MOST_FRAMES = 80;

    private static final int STEP = 2;

    /** Classes are in memory before, as those from an archive of the JVM may be. */
    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldExecuteTheNextBlockWhenTheFirstEverEndsTheStack(ExecutorMode mode)
            throws Exception {
        List<URL> places = new ArrayList<>();
        String paths = System.getProperty("java.class.path");
        for (String path : paths.split(File.pathSeparator, -1)) {
            places.add(Path.of(path).toUri().toURL());
        }
        URL[] urls = places.toArray(URL[]::new);
        for (int frames = 0; frames < MOST_FRAMES; frames += STEP) {
            try (URLClassLoader anew =
                    new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
                for (Path file : classFiles()) {
                    anew.loadClass(name(file));
                }
                assertEquals("", onSmallStack(firstBlock(anew), mode, frames));
            }
        }
    }

    @SuppressWarnings("unchecked") // of a class from another loader, so it is cast to its interface
    private static BiFunction<String, Integer, String> firstBlock(ClassLoader loader)
            throws ReflectiveOperationException {
        var constructor = loader.loadClass(FirstBlock.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return (BiFunction<String, Integer, String>) constructor.newInstance();
    }

    private static @Nullable String onSmallStack(
            BiFunction<String, Integer, String> first, ExecutorMode mode, int frames)
            throws InterruptedException {
        AtomicReference<@Nullable String> answer = new AtomicReference<>();
        Runnable call = () -> answer.set(first.apply(mode.name(), frames));
        Thread thread = new Thread(null, call, "varve-small-stack", STACK_BYTES);
        thread.start();
        thread.join();
        return answer.get();
    }

    /** Of a new JVM, which tells each class that it initialises. */
    @Test
    void shouldInitialiseAllClassesWhenBuilt() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xlog:class+init=info",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Built.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output;
        try {
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
        } finally {
            process.destroyForcibly();
        }
        TreeSet<String> missing = new TreeSet<>();
        for (Path file : classFiles()) {
            String told = "Initializing '" + name(file).replace('.', '/') + "'";
            if (hasInitialiser(file) && !output.contains(told)) {
                missing.add(name(file));
            }
        }
        assertEquals(new TreeSet<>(), missing);
    }

    /** Builds an executor, and executes nothing with it. */
    static final class Built {

        private Built() {}

        public static void main(String[] arguments) {
            BlockExecutor.builder().build().close();
        }
    }

    private static boolean hasInitialiser(Path file) throws IOException {
        return ClassFile.of().parse(file).methods().stream()
                .map(method -> method.methodName().stringValue())
                .anyMatch(ConstantDescs.CLASS_INIT_NAME::equals);
    }

    /** Those of the executor. */
    private static List<Path> classFiles() throws Exception {
        Path place =
                Path.of(
                        BlockExecutor.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        Path directory = place.resolve(BlockExecutor.class.getPackageName().replace('.', '/'));
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(".class"))
                            .filter(file -> !file.endsWith("package-info.class"))
                            .toList();
            assertFalse(found.isEmpty(), () -> "no classes in " + directory);
            return found;
        }
    }

    private static String name(Path file) {
        String simple = file.getFileName().toString();
        return BlockExecutor.class.getPackageName()
                + "."
                + simple.substring(0, simple.length() - ".class".length());
    }
}
