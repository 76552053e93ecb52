package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.CrashModel;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A power cut at every I/O boundary of appending, forcing, sealing, rolling, writing and merging
 * runs, naming them, deleting what they replace, closing and reopening, in segments of 64 KiB.
 */
final class LogStoreCrashTest {

    private static final long COMMITS = 30;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void shouldRecoverACommittedStateWhenPowerIsCutAnywhere(Durability durability) {
        CrashExplorer explorer =
                new CrashExplorer(new CommitScript(1, 9), durability, COMMITS, 1)
                        .modelsPerCall(3)
                        .run(CrashModel.values());
        assertEquals(List.of(), explorer.failures());
        assertTrue(explorer.states() > 1_000, () -> "only " + explorer.states() + " states");
        assertTrue(explorer.exploresRuns(), "no run was written and merged");
    }

    /** In a segment of 64 KiB it is filled at once; in an odd longer one by steps. */
    @Test
    void shouldRecoverACommittedStateWhenPowerIsCutAnywhereWhileTheFileIsFilledAhead() {
        CrashExplorer explorer =
                new CrashExplorer(new CommitScript(4, 9), Durability.GROUP, 36, 4)
                        .segmentBytes(220_001)
                        .run(CrashModel.values());
        assertEquals(List.of(), explorer.failures());
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void shouldRecoverACommittedStateWhenForcesAreNoted(Durability durability) {
        CrashExplorer explorer =
                new CrashExplorer(new CommitScript(6, 9), durability, COMMITS, 6)
                        .environment(
                                seed -> CrashExplorer.seededEnvironment(seed).notingForcesOf(1))
                        .modelsPerCall(2)
                        .run(CrashModel.values());
        assertEquals(List.of(), explorer.failures());
    }

    @Test
    void shouldRecoverACommittedStateWithCompressedValues() {
        CrashExplorer explorer =
                new CrashExplorer(CommitScript.compressing(13), Durability.NONE, 30, 13)
                        .run(CrashModel.LOSE_ALL, CrashModel.KEEP_ALL);
        assertEquals(List.of(), explorer.failures());
    }

    @Tag("nightly")
    @ParameterizedTest
    @EnumSource(Durability.class)
    void shouldRecoverACommittedStateWhenPowerIsCutAnywhereOverManySeeds(Durability durability) {
        for (long seed = 2; seed < 40; seed++) {
            CrashExplorer explorer =
                    new CrashExplorer(new CommitScript(seed, 5 + (int) seed), durability, 90, seed)
                            .run(CrashModel.values());
            assertEquals(List.of(), explorer.failures());
        }
    }

    @Test
    void shouldNotDependOnTheOrderOfModels() {
        CrashExplorer one =
                new CrashExplorer(new CommitScript(7, 0), Durability.NONE, 12, 7)
                        .run(CrashModel.LOSE_ALL);
        assertEquals(List.of(), one.failures());
    }
}
