package dev.varve.engine.exec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * Reads recorded read and write sets of real blocks; as a program, prints how parallel each block is.
 *
 * <p>Arguments: the file, and optionally the microseconds of work per transaction and the threads with
 * which to measure the speed-up.
 */
final class RecordedBlocks {

    private static final String FILE = "mainnet-rwsets-20blocks.jsonl.gz";

    private RecordedBlocks() {}

    /** Where the file is, if this machine has it. */
    static Path file() {
        return Path.of(System.getProperty("varve.root", "."), "..", "shared", "data", FILE);
    }

    static List<RecordedBlock> read(Path file) throws IOException {
        List<RecordedBlock> blocks = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(file)),
                                StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Map<String, Object> object = Json.object(line);
                if (object.containsKey("block")) {
                    blocks.add(
                            new RecordedBlock(
                                    (Long) Objects.requireNonNull(object.get("block")),
                                    (String) Objects.requireNonNull(object.get("coinbase")),
                                    new ArrayList<>()));
                } else {
                    RecordedBlock block = blocks.getLast();
                    block.transactions().add(RecordedBlock.touches(object, block.coinbase()));
                }
            }
        }
        return blocks;
    }

    public static void main(String[] arguments) throws IOException {
        double us = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0;
        int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
        System.out.println("block txs share strict path strict conflicts ordered speculative");
        int transactions = 0;
        double free = 0;
        double freeStrict = 0;
        for (RecordedBlock block : read(Path.of(arguments[0]))) {
            RecordedReplay replay = new RecordedReplay(block, ExecutorMatrix.rounds(us));
            DependencyStats stats = dependencies(replay);
            transactions += replay.count();
            free += stats.parallelShare() * replay.count();
            freeStrict += stats.parallelShareStrict() * replay.count();
            double[] ns = ExecutorMatrix.recorded(replay, replay.count(), threads);
            System.out.println(
                    String.format(
                            Locale.ROOT,
                            "%d %d %.1f%% %.1f%% %d %d %s %.2fx %.2fx",
                            block.number(),
                            replay.count(),
                            100 * stats.parallelShare(),
                            100 * stats.parallelShareStrict(),
                            stats.criticalPath(),
                            stats.criticalPathStrict(),
                            stats.conflictsByKind(),
                            ns[0] / ns[1],
                            ns[0] / ns[2]));
        }
        System.out.println(
                String.format(
                        Locale.ROOT,
                        "all %d %.1f%% %.1f%%",
                        transactions,
                        100 * free / transactions,
                        100 * freeStrict / transactions));
    }

    private static DependencyStats dependencies(RecordedReplay replay) {
        try (BlockExecutor executor =
                BlockExecutor.builder()
                        .mode(ExecutorMode.SEQUENTIAL)
                        .statistics(StatisticsLevel.DEPENDENCIES, RecordedReplay.KINDS)
                        .build()) {
            return Objects.requireNonNull(
                    executor.execute(replay, replay.count(), replay).stats().dependencies());
        }
    }
}
