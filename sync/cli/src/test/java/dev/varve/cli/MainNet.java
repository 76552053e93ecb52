package dev.varve.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The first era of the main network, beside the project; tests are skipped where it is absent. */
final class MainNet {

    static final long BLOCKS = 8192;

    private MainNet() {}

    static Path era() {
        return path("era1/mainnet-00000-5ec1ffb8.era1");
    }

    static Path genesis() {
        return path("era1/mainnet-genesis.json");
    }

    /** What each transaction of twenty blocks read and wrote. */
    static Path recordedBlocks() {
        return path("mainnet-rwsets-20blocks.jsonl.gz");
    }

    private static Path path(String name) {
        Path path = Path.of(System.getProperty("varve.root"), "..", "shared", "data", name);
        assumeTrue(Files.exists(path), "no chain data at " + path);
        return path.normalize();
    }
}
