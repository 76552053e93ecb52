package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Generated blocks in every mode against the sequential one: universes of 1 to 10,000 keys, reads
 * that choose later accesses, executions that differ from the valid one, failures, deletes,
 * additions at their bounds; threads 1 to 8, stripes 1 to 65,536, windows from 1, forced hash
 * collisions, injected rejections, yields and sleeps, hints of every kind: each of these with each
 * other.
 */
final class EqualityPropertyTest {

    private static final long SEED = 0xE_0001L;
    private static final int BLOCKS = 100_000;
    private static final long NIGHTLY_BLOCKS = 10_000_000;
    private static final int BLOCKS_PER_ROUND = 2_000;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldEqualTheSequentialModeWhenAnythingVaries() {
        Coverage coverage = check(SEED, BLOCKS);
        // Modes, threads, stripes, windows, hash masks, disturbances, hints.
        assertEquals(List.of(3, 8, 4, 4, 4, 4, 3), coverage.sizes());
        assertEquals(Set.of(), coverage.missing(2));
        // With two threads or more it tries what it may choose from.
        assertEquals(
                EnumSet.complementOf(EnumSet.of(ExecutorMode.ADAPTIVE)), coverage.adaptive());
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void shouldEqualTheSequentialModeOverTenMillionBlocks() {
        assertEquals(Set.of(), check(SEED << 32, NIGHTLY_BLOCKS).missing(4));
    }

    @Test
    void shouldMeetEachConflictAndEachAccidentInEachModeAndThreadCount() {
        SetupRounds rounds = new SetupRounds(SEED);
        Set<List<Object>> conflicts = new HashSet<>();
        Set<List<Object>> accidents = new HashSet<>();
        for (int i = 0; i < SetupRounds.CYCLE; i++) {
            for (Setup.Choice drawn : rounds.next()) {
                conflicts.add(
                        List.of(drawn.mode(), drawn.threads(), drawn.stripes(), drawn.window()));
                accidents.add(
                        List.of(
                                drawn.mode(),
                                drawn.threads(),
                                drawn.hashMask(),
                                drawn.disturbance()));
            }
        }
        assertEquals(3 * 8 * 4 * 4, conflicts.size());
        assertEquals(3 * 8 * 4 * 4, accidents.size());
    }

    private static Coverage check(long firstSeed, long blocks) {
        Coverage coverage = new Coverage();
        SetupRounds rounds = new SetupRounds(firstSeed);
        for (long done = 0; done < blocks; done += BLOCKS_PER_ROUND) {
            long first = firstSeed + done;
            try (EqualityProperty property = new EqualityProperty(rounds.start(), coverage)) {
                for (long seed = first; seed < first + BLOCKS_PER_ROUND; seed++) {
                    property.check(seed);
                }
            }
        }
        return coverage;
    }
}
