package dev.varve.jmh.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.jmh.ProjectFolder;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No hot path without a suite, no suite without a budget. The hot paths are the list under "Hot
 * paths" in ARCHITECTURE.md.
 */
final class HotPathRuleTest {

    private static final Pattern SECTION =
            Pattern.compile(
                    "^## Hot paths\\R(.*?)(?=^## |\\z)", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern ITEM =
            Pattern.compile("^- \\*\\*([a-z-]+)\\*\\*:", Pattern.MULTILINE);
    private static final String BUDGET_SUFFIX = ".txt";

    private static Set<String> suites() {
        return Arrays.stream(HotPath.values()).map(HotPath::suite).collect(Collectors.toSet());
    }

    private static Set<String> listed(String document) {
        return SECTION.matcher(document)
                .results()
                .flatMap(section -> ITEM.matcher(section.group(1)).results())
                .map(item -> item.group(1))
                .collect(Collectors.toSet());
    }

    private static String document() throws IOException {
        return Files.readString(ProjectFolder.root().resolve("ARCHITECTURE.md"));
    }

    @Test
    void shouldHaveASuiteForEveryHotPathThatIsListed() throws IOException {
        assertEquals(suites(), listed(document()));
    }

    @Test
    void shouldHaveABenchmarkForEverySuite() throws Exception {
        Set<String> benchmarked = new HashSet<>();
        for (Method benchmark : BenchmarkMethods.all()) {
            benchmarked.add(BenchmarkMethods.state(benchmark).path().suite());
        }
        assertEquals(suites(), benchmarked);
    }

    @Test
    void shouldHaveABudgetForEverySuiteAndNoOther() throws IOException {
        try (Stream<Path> files = Files.list(ProjectFolder.budgets())) {
            Set<String> budgets =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(BUDGET_SUFFIX))
                            .map(name -> name.replace(BUDGET_SUFFIX, ""))
                            .collect(Collectors.toSet());
            assertEquals(suites(), budgets);
        }
    }

    @Test
    void shouldFindOnlyTheItemsOfTheSection() {
        String text =
                """
                # A
                - **no**: x

                ## Hot paths

                - **a-b**: x
                - c
                - **d**: y
                ## Z
                - **e**: z
                """;
        assertEquals(Set.of("a-b", "d"), listed(text));
    }
}
