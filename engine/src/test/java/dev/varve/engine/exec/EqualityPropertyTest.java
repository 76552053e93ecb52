package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Generated blocks in every mode against the sequential one: universes of 1 to 10,000 keys, reads that
 * choose later accesses, executions that differ from the valid one, failures, deletes, additions at
 * their bounds; threads 1 to 8, stripes 1 to 65,536, windows from 1, forced hash collisions, injected
 * rejections, yields and sleeps.
 */
final class EqualityPropertyTest {

    private static final long SEED = 0xE_0001L;
    private static final int BLOCKS = 100_000;
    private static final long NIGHTLY_BLOCKS = 10_000_000;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldEqualTheSequentialModeWhenAnythingVaries() {
        assertTrue(check(SEED, BLOCKS) >= BLOCKS);
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void shouldEqualTheSequentialModeOverTenMillionBlocks() {
        assertTrue(check(SEED << 32, NIGHTLY_BLOCKS) >= NIGHTLY_BLOCKS);
    }

    private static long check(long firstSeed, long blocks) {
        long compared = 0;
        try (EqualityProperty property = new EqualityProperty(Setup.all(firstSeed))) {
            for (long seed = firstSeed; seed < firstSeed + blocks; seed++) {
                compared += property.check(seed, 1);
            }
        }
        return compared;
    }
}
