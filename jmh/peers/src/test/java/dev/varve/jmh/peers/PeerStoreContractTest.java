package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link PeerStoreContract} over every store, each in the process that it is measured in. */
final class PeerStoreContractTest {

    private static final RunSpec SPEC = new RunSpec(2_000, RunSpec.DEFAULT_SEED, 1);
    private static final long LIMIT_SECONDS = 120;

    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource(Peer.class)
    void shouldAnswerAsAHashMapWouldWhenFilledAndReopened(Peer peer)
            throws IOException, InterruptedException {
        Outcome outcome;
        try (PeerProcess process =
                PeerProcess.start(peer, SPEC, folder, PeerStoreContract.class)) {
            outcome = process.await(LIMIT_SECONDS);
        }
        assumeFalse(
                outcome.kind() == Outcome.Kind.SKIPPED, () -> peer.id() + ": " + outcome.reason());
        assertEquals(Outcome.Kind.MEASURED, outcome.kind(), outcome.reason());
    }
}
