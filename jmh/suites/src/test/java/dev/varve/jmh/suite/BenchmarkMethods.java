package dev.varve.jmh.suite;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * Every benchmark method that JMH would run, as JMH's own list has them. Called by reflection: the
 * runner of JMH uses what a strict JVM forbids, and takes a lock that other builds may hold.
 */
final class BenchmarkMethods {

    private static final String LIST = "/META-INF/BenchmarkList";
    private static final Pattern SUITE =
            Pattern.compile("^JMH S \\d+ (dev\\.varve\\.jmh\\.suite\\.\\w+) ", Pattern.MULTILINE);

    private BenchmarkMethods() {}

    static List<Method> all() throws IOException, ClassNotFoundException {
        List<Method> methods = new ArrayList<>();
        for (String name : SUITE.matcher(list()).results().map(m -> m.group(1)).toList()) {
            Arrays.stream(Class.forName(name).getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Benchmark.class))
                    .forEach(methods::add);
        }
        return methods;
    }

    /** The state that a benchmark method takes, not opened yet. */
    static PathState state(Method benchmark) throws ReflectiveOperationException {
        return (PathState) benchmark.getParameterTypes()[0].getConstructor().newInstance();
    }

    private static String list() throws IOException {
        try (InputStream stream = BenchmarkMethods.class.getResourceAsStream(LIST)) {
            byte[] bytes = Objects.requireNonNull(stream, LIST).readAllBytes();
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
