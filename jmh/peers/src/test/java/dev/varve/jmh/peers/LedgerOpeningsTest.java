package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.LedgerStore;
import dev.varve.engine.dedup.DuplicateGate;
import dev.varve.engine.dedup.IdRequest;
import dev.varve.jmh.BenchResult;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerOpeningsTest {

    private static final TableSpec TX = TableSpec.deduplicated("tx");
    private static final int COUNT = 20_000;

    @TempDir private Path folder;

    private final List<BenchResult> results = new ArrayList<>();

    private void fill() {
        NumberedIds ids = new NumberedIds(COUNT).write(0, COUNT);
        try (LedgerStore ledger =
                LedgerStore.at(folder).expectedIds(COUNT).segmentBytes(256 << 10).open()) {
            DuplicateGate gate = ledger.gate(TX);
            try (IdRequest request = gate.newRequest(100)) {
                for (int i = 0; i < COUNT; i++) {
                    request.put(ids.id(i), 0, new byte[IdStorage.VALUE_BYTES]);
                    if (request.size() == 100) {
                        gate.addAllIfAbsent(request);
                        request.clear();
                    }
                }
            }
            while (ledger.maintain()) {
                // writes columns of hashes
            }
        }
    }

    private void open(long count) throws IOException {
        PrintStream nobody = new PrintStream(OutputStream.nullOutputStream());
        new LedgerOpenings(TX, count, count, folder, new DedupReport(results, nobody)).run();
    }

    private long files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).count();
        }
    }

    @Test
    void shouldOpenFromFilesFromColumnsAndFromTheLogAlone() throws IOException {
        fill();
        assertTrue(files(".hashes") > 3, "there are columns to read from");
        open(COUNT);
        assertEquals(0, files(".hashes"), "the log was alone at the end");
        assertTrue(files(".shard") > 0);
        assertEquals(16, results.size(), results::toString);
        for (BenchResult result : results) {
            assertTrue(result.value() > 0, result::toString);
        }
    }

    /** It asks for ids, and knows which must be there. */
    @Test
    void shouldFailWhenAnAnswerIsWrong() {
        fill();
        assertThrows(IllegalStateException.class, () -> open(3 * COUNT));
    }
}
