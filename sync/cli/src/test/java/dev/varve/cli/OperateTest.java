package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Residency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands for operators: inspect, stats, residency. */
final class OperateTest {

    private static final String SEGMENT = "00000000000000000000.log";

    @TempDir private Path directory;
    private Path store;

    @BeforeEach
    void importChain() {
        store = directory.resolve("store");
        SyncTest.sync(store, "dev:blocks=60,txs=1,seed=8");
    }

    private Cli.Run run(Object... words) {
        return Cli.run(Stream.concat(Stream.of(words), Stream.of("--store", store)).toArray());
    }

    private Json json(Object... words) {
        Cli.Run run = run(Stream.concat(Stream.of(words), Stream.of("--json")).toArray());
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        assertEquals("", run.err());
        return run.json();
    }

    private Map<Path, FileTime> times() throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.list(store)) {
            for (Path file : files.toList()) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    @Test
    void shouldInspectAndChangeNothing() throws IOException {
        Map<Path, FileTime> before = times();
        Json seen = json("inspect");
        assertEquals(before, times());
        Json manifest = seen.object("manifest");
        assertEquals(true, manifest.get("closed"));
        assertEquals(List.of(), seen.get("problems"));
        Json segment = Json.of(seen.items("segments").getFirst());
        assertEquals(SEGMENT, segment.get("file"));
        assertEquals("open", segment.get("state"));
        assertEquals(manifest.get("lastSequence"), segment.get("lastSequence"));
        assertTrue(segment.items("tables").size() > 5);
        assertTrue(seen.items("index").size() >= 2);
        Cli.Run text = run("inspect");
        assertEquals(ExitCode.OK, text.exitCode(), text.all());
        assertTrue(text.out().contains("closed, durable up to"), text.all());
        assertTrue(text.out().contains("segment   " + SEGMENT), text.all());
        assertTrue(text.out().contains("eth.header, by height"), text.all());
        assertTrue(text.out().contains("other     256 shards of a filter"), text.all());

        Json frames = json("inspect", "--segment", 0, "--limit", 3);
        assertEquals(3, frames.items("listed").size());
        assertEquals(segment.get("records"), frames.get("records"));
        assertEquals(segment.get("lastSequence"), frames.get("frames"));
        Json second = Json.of(frames.items("listed").get(1));
        assertEquals(true, second.get("commitOk"));

        // The first record of a frame stands behind its BEGIN.
        Json record = json("inspect", "--position", second.number("position") + 64);
        assertEquals(second.get("sequence"), record.get("frame"));
        assertEquals("registry", record.get("kind"));
        Cli.Run none = run("inspect", "--position", second.number("position"));
        assertEquals(ExitCode.FAILED, none.exitCode(), none.all());
        assertTrue(none.failure().contains("in no record of frame"), none.all());
    }

    @Test
    void shouldInspectADamagedStore() throws IOException {
        Path segment = store.resolve(SEGMENT);
        byte[] rotten = Files.readAllBytes(segment);
        Json frame = Json.of(json("inspect", "--segment", 0).items("listed").get(4));
        long offset = frame.number("offset");
        rotten[(int) offset + 70] ^= 1;
        Files.write(segment, rotten);
        Cli.Run run = run("inspect", "--segment", 0, "--json");
        assertEquals(ExitCode.CORRUPTION, run.exitCode(), run.all());
        Json problem = Json.of(run.json().items("problems").getFirst());
        assertEquals(SEGMENT, problem.get("file"));
        assertEquals(offset, problem.get("offset"));
        assertTrue(run.failure().startsWith("varve: " + store + ": 1 problem"), run.all());

        Files.delete(store.resolve("MANIFEST"));
        Cli.Run all = run("inspect");
        assertEquals(ExitCode.CORRUPTION, all.exitCode(), all.all());
        assertTrue(all.out().contains("manifest  none that can be read"), all.all());
        assertTrue(all.out().contains("the manifest is lost"), all.all());
    }

    @Test
    void shouldInspectBesideTheOwnerAndTellWhoItIs() throws Exception {
        try (ChildJvm owner = ChildJvm.start(OpenStore.class, store)) {
            owner.awaitLine("open");
            assertEquals(owner.pid(), json("inspect").number("owner"));
            // It is still the owner's.
            Cli.Run stats = run("stats");
            assertEquals(ExitCode.FAILED, stats.exitCode(), stats.all());
            assertTrue(stats.failure().contains("process " + owner.pid()), stats.all());
        }
        assertFalse(json("inspect").has("owner"));
    }

    /** Opens a store and keeps it open until it is killed. */
    static final class OpenStore {
        public static void main(String[] arguments) throws InterruptedException {
            try (LogStore store = LogStore.open(Path.of(arguments[0]), LogOptions.bulk())) {
                System.out.println("open " + store.visible());
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }

    @Test
    void shouldPrintStats() {
        Json stats = json("stats");
        assertEquals(json("status").object("log").get("records"), stats.get("records"));
        long records = 0;
        for (Object table : stats.items("tables")) {
            records += Json.of(table).number("records");
        }
        assertEquals(records, stats.number("records"));
        assertEquals(stats.get("visible"), stats.get("indexed"));
        assertTrue(stats.object("disk").number("logBytes") > 0);
        assertTrue(stats.object("disk").number("indexBytes") > 0);
        assertEquals(0, stats.object("memory").number("hotBytes"));
        assertEquals(0, stats.object("sinceOpened").number("commits"));
        assertFalse(stats.object("sinceOpened").has("writeAmplification"));
        Cli.Run text = run("stats");
        assertTrue(text.out().contains("not known: nothing was committed"), text.all());
    }

    @Test
    void shouldSayThatItCannotTellWhatIsResidentWithoutNativeAccess() {
        assumeTrue(!Residency.isKnown(), "native access is enabled");
        Cli.Run run = run("residency", "--json");
        assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
        assertTrue(run.failure().contains("--enable-native-access=dev.varve.logstore"), run.all());
    }

    @Test
    void shouldTellThatThereIsNoStore() {
        for (String command : List.of("inspect", "stats", "residency")) {
            Path none = directory.resolve("none");
            Cli.Run run = Cli.run(command, "--store", none, "--json");
            assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
            assertEquals("varve: there is no store in " + none, run.failure());
            assertFalse(Files.exists(none));
        }
        Cli.Run both = run("inspect", "--segment", 0, "--position", 0);
        assertEquals(ExitCode.USAGE, both.exitCode(), both.all());
    }
}
