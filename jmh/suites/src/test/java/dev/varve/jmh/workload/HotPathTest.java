package dev.varve.jmh.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A gate takes two releases that return different numbers for broken: alike, they must not. */
final class HotPathTest {

    private static final int RECORDS = 100;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void shouldReturnTheSameWhenTwoAreMadeAlikeAndAskedForTheSame(HotPath path)
            throws IOException {
        try (Workload one = path.open(site("one"));
                Workload other = path.open(site("other"))) {
            for (long operations : new long[] {1, 3, 130}) {
                assertEquals(one.run(operations), other.run(operations));
                one.force();
                one.tidy();
                other.tidy();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ordered_locks", "speculative", "adaptive"})
    void shouldReturnTheSameWhenBlocksAreAnnounced(String mode) throws IOException {
        String name = "executor:" + mode;
        try (Workload one = Programs.open(name + ":2:10:0", site("one"));
                Workload other = Programs.open(name + "+next:2:10:0", site("other"))) {
            for (long operations : new long[] {1, 1_000, 2_000, 4_500}) {
                assertEquals(one.run(operations), other.run(operations));
            }
        }
    }

    private Site site(String name) throws IOException {
        return Site.of(Files.createDirectory(folder.resolve(name)), RECORDS, 7);
    }
}
