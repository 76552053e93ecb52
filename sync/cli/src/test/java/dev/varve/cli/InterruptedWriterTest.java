package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.source.DevChainOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A writer whose thread is interrupted, by an embedder for one. */
final class InterruptedWriterTest {

    @TempDir private Path directory;

    @Test
    void shouldWriteAllTheSameWhenTheThreadIsInterrupted() {
        Path store = directory.resolve("store");
        Thread.currentThread().interrupt();
        Cli.Run run =
                Cli.run("sync", "--source", "dev:blocks=40,txs=1", "--store", store, "--json");
        assertTrue(Thread.interrupted(), "the interrupt was lost");
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals(40L, run.json().get("head"));
        SyncTest.assertClean(store);
    }

    @Test
    void shouldNameTheFileAndGoOnLaterWhenReadingTheSourceIsInterrupted() throws IOException {
        DevFiles chain = new DevFiles(new DevChainOptions(40, 1, 1));
        Path blocks = directory.resolve("chain.rlp");
        Path genesis = directory.resolve("genesis.json");
        chain.write(blocks, -1, block -> block);
        chain.writeGenesis(genesis);
        Path store = directory.resolve("store");
        SyncTest.sync(store, "dev:blocks=40,txs=1", "--to", 20);
        Stops interrupting =
                new Stops() {
                    @Override
                    public <T> T during(Supplier<T> work, Runnable stop) {
                        Thread.currentThread().interrupt();
                        return work.get();
                    }
                };
        Object[] sync = {
            "sync", "--source", "rlp:" + blocks, "--genesis", genesis, "--store", store, "--json"
        };
        Cli.Run run = Cli.run(interrupting, sync);
        assertTrue(Thread.interrupted(), "the interrupt was lost");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertEquals(blocks.toString(), run.json().get("file"), run.all());
        assertTrue(run.failure().contains("interrupt"), run.all());
        SyncTest.assertClean(store);
        assertEquals(40L, Cli.run(sync).json().get("head"));
        SyncTest.assertClean(store);
    }
}
