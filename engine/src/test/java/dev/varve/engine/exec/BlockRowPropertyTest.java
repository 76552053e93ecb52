package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Generated rows of announced blocks in every mode, with 1 to 8 threads, against the
 * sequential mode without announcements.
 */
final class BlockRowPropertyTest {

    private static final long SEED = 0xB_0001L;
    private static final int ROWS = 20_000;
    private static final int NIGHTLY_ROWS = 1_000_000;
    private static final int ROWS_PER_ROUND = 1_000;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldEqualTheSequentialModeWhenBlocksAreAnnounced() {
        check(SEED, ROWS);
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void shouldEqualTheSequentialModeOverAMillionRows() {
        check(SEED << 32, NIGHTLY_ROWS);
    }

    private static void check(long firstSeed, int rows) {
        SetupRounds rounds = new SetupRounds(firstSeed);
        for (int done = 0; done < rows; done += ROWS_PER_ROUND) {
            checkRound(firstSeed + done, rounds.start());
        }
    }

    private static void checkRound(long firstSeed, List<Setup> setups) {
        try (BlockExecutor reference = reference()) {
            for (long seed = firstSeed; seed < firstSeed + ROWS_PER_ROUND; seed++) {
                BlockRow row = new BlockRow(seed);
                SplittableRandom random = new SplittableRandom(~seed);
                Setup setup = setups.get(random.nextInt(setups.size()));
                List<BlockRecord> expected = row.execute(reference, null);
                List<BlockRecord> actual = row.execute(setup.executor(), setup);
                String place = "seed " + seed + ", " + setup.choice();
                assertEquals(expected.size(), actual.size(), place);
                for (int i = 0; i < expected.size(); i++) {
                    assertNull(expected.get(i).difference(actual.get(i)), place + ", call " + i);
                }
            }
        } finally {
            setups.forEach(Setup::close);
        }
    }

    private static BlockExecutor reference() {
        return BlockExecutor.builder()
                .mode(ExecutorMode.SEQUENTIAL)
                .statistics(StatisticsLevel.DEPENDENCIES, KeyClassifier.NONE)
                .build();
    }
}
