package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs in real mappings; run once more where native access lets the system be given advice. */
@Tag("native")
final class MappedRunTest {

    @TempDir Path directory;

    @Test
    void shouldFindWhatTheTwinFinds() {
        try (Storage storage = new FileStorage(directory)) {
            TwinRun twin = TwinRun.ofSegment(1L << 28);
            twin.addRandom(new Random(3), 30_000, (random, i) -> random.nextLong());
            RunFiles files = RunFiles.mapped(storage, TwinRun.HIGH, TwinRun.LOW);
            twin.write(files);
            try (Run run = files.open(twin.range())) {
                RunModelTest.check(run, twin, new Random(4), "mapped");
                run.verify();
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldPreferMappingsWhereAdviceCanBeGiven() {
        boolean enabled = RunFiles.class.getModule().isNativeAccessEnabled();
        assertEquals(enabled, RunFiles.prefersMapping());
    }
}
