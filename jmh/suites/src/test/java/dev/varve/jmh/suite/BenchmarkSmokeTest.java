package dev.varve.jmh.suite;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every benchmark method twice with next to no data, so that none rots. */
final class BenchmarkSmokeTest {

    private static final int RECORDS = 300;

    static List<Method> benchmarks() throws Exception {
        return BenchmarkMethods.all();
    }

    @ParameterizedTest
    @MethodSource("benchmarks")
    void shouldRunWhenCalledOutsideOfJmh(Method benchmark) throws Exception {
        PathState state = BenchmarkMethods.state(benchmark);
        Object suite = benchmark.getDeclaringClass().getConstructor().newInstance();
        state.records = RECORDS;
        state.open();
        try {
            assertInstanceOf(Long.class, benchmark.invoke(suite, state));
            state.tidy();
            assertInstanceOf(Long.class, benchmark.invoke(suite, state));
        } finally {
            state.close();
        }
    }
}
