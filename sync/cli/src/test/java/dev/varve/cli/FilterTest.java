package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.IdBatch;
import dev.varve.bloom.StandaloneFilter;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.FileStorage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command filter: ids of files, in and out. */
final class FilterTest {

    @TempDir private Path directory;

    private Cli.Run filter(Object... words) {
        List<Object> all = new ArrayList<>(List.of("filter"));
        all.addAll(List.of(words));
        all.addAll(List.of("--dir", directory.resolve("f"), "--json"));
        return Cli.run(all.toArray());
    }

    private Json ok(Object... words) {
        Cli.Run run = filter(words);
        assertEquals(ExitCode.OK, run.exitCode(), run.all());
        return run.json();
    }

    private Cli.Run fail(int exitCode, Object... words) {
        Cli.Run run = filter(words);
        assertEquals(exitCode, run.exitCode(), run.all());
        assertEquals(1, run.err().lines().count(), run.all());
        return run;
    }

    private Path ids(IdFile.Kind kind, long from, int count) throws IOException {
        Path file = directory.resolve("ids-" + kind + "-" + from);
        try (var out = Files.newOutputStream(file)) {
            for (long i = from; i < from + count; i++) {
                byte[] id = new byte[32];
                new SplittableRandom(i).nextBytes(id);
                String hex = HexFormat.of().formatHex(id);
                switch (kind) {
                    case RAW -> out.write(id);
                    case HEX -> out.write((i % 2 == 0 ? "0x" + hex + "\n" : hex + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    case TEXT -> out.write(("tx-" + i + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource(IdFile.Kind.class)
    void shouldTellNewIdsFromOldOnes(IdFile.Kind kind) throws IOException {
        Path first = ids(kind, 0, 25_000);
        Path other = ids(kind, 20_000, 10_000);
        assertEquals(100_000L, ok("create", "--ids", "1e5", "--fpr", "0.001").get("expectedIds"));
        Json added = ok("add", first, "--format", kind);
        assertEquals(25_000L, added.get("ids"));
        assertTrue(added.number("added") > 24_980, added.toString());
        assertEquals(25_000L, ok("check", first, "--format", kind).get("maybeThere"));
        Json checked = ok("check", other, "--format", kind, "--disk", "hdd");
        assertTrue(checked.number("absent") > 4_980, checked.toString());
        assertTrue(checked.number("absent") <= 5_000, checked.toString());
        assertEquals(0L, ok("add", first, "--format", kind).get("added"));
        Json stats = ok("stats");
        assertEquals(25_000.0, (double) stats.number("estimatedIds"), 500.0);
        assertEquals(256L, ok("verify").get("shards"));
    }

    /** Raw and hex are two ways to write the same ids. */
    @Test
    void shouldFindRawIdsThatWereAddedAsHex() throws IOException {
        ok("create", "--ids", "10000");
        ok("add", ids(IdFile.Kind.HEX, 0, 500), "--format", "hex");
        Path raw = ids(IdFile.Kind.RAW, 400, 101);
        Cli.Run run = filter("check", raw, "--print");
        assertEquals(1L, run.json().get("absent"));
        assertEquals("absent 101", run.out().lines().findFirst().orElseThrow());
    }

    @Test
    void shouldPlanForMoreThanTheMachineHas() {
        Json plan = ok("plan", "--ids", "50e9", "--fpr", "0.01");
        double gib = Double.parseDouble(plan.text("memoryGiB"));
        assertTrue(gib > 57 && gib < 59, plan.toString());
        assertTrue(Double.parseDouble(plan.text("loadSeconds")) > 0);
        assertFalse(Files.exists(directory.resolve("f")));
    }

    @Test
    void shouldNameTheLineThatIsNoId() throws IOException {
        ok("create", "--ids", "1000");
        Path bad = directory.resolve("bad");
        Files.writeString(bad, "0x12\n\n34\n0x5g\n");
        Json json = fail(ExitCode.FAILED, "add", bad, "--format", "hex").json();
        assertEquals(4L, json.get("line"));
        assertEquals(bad.toString(), json.get("file"));
        assertTrue(json.text("error").endsWith("; ids before it, all done: 2"), json.toString());
        Files.writeString(bad, "0x12\n34\n56");
        Json added = ok("add", bad, "--format", "hex");
        assertEquals(1L, added.get("added"), "the others were added: " + added);
        Files.writeString(bad, "56\n77\n0x5g\n");
        Cli.Run checked = fail(ExitCode.FAILED, "check", bad, "--format", "hex", "--print");
        assertEquals("absent 2", checked.out().lines().findFirst().orElseThrow());
        assertTrue(checked.err().contains("; ids before it, all done: 2"), checked.all());
        Files.writeString(bad, "123");
        fail(ExitCode.FAILED, "add", bad, "--format", "hex");
        String none = fail(ExitCode.FAILED, "add", bad).err();
        assertTrue(none.contains("; no id was before it"), none);
        Files.writeString(bad, "x".repeat(1_025));
        fail(ExitCode.FAILED, "add", bad, "--format", "text");
        fail(ExitCode.FAILED, "add", directory.resolve("absent"));
    }

    /** Inside of a line it belongs to the id, and at the end of the file to no line. */
    @Test
    void shouldTakeACarriageReturnForPartOfTheLineEndOnly() throws IOException {
        ok("create", "--ids", "1000");
        Path file = directory.resolve("lines");
        Files.writeString(file, "a\rb\r\nab\r\n\r\nc\r");
        assertEquals(3L, ok("add", file, "--format", "text").get("added"));
        Files.writeString(file, "a\r\r\n\r\r\n");
        assertEquals(2L, ok("check", file, "--format", "text").get("absent"), "a\\r and \\r");
        Files.writeString(file, "c\nb\n");
        assertEquals(1L, ok("check", file, "--format", "text", "--print").get("maybeThere"));
    }

    @Test
    void shouldMakeNoFilterThatTheMachineHasNoMemoryFor() {
        String message = fail(ExitCode.FAILED, "create", "--ids", "1e14").err();
        assertTrue(message.contains("the machine has "), message);
        assertFalse(Files.exists(directory.resolve("f")));
    }

    @Test
    void shouldTellWhatIsThereAndWhatIsNot() throws IOException {
        Path some = ids(IdFile.Kind.RAW, 0, 10);
        for (String action : new String[] {"stats", "verify"}) {
            fail(ExitCode.FAILED, action);
        }
        fail(ExitCode.FAILED, "add", some);
        assertFalse(Files.exists(directory.resolve("f")));
        ok("create", "--ids", "1000");
        fail(ExitCode.FAILED, "create", "--ids", "1000");
    }

    @Test
    void shouldLeaveNothingWhereSomethingElseIs() throws IOException {
        Path ledger = directory.resolve("f");
        SyncTest.sync(ledger, "dev:blocks=3,txs=1");
        List<String> before = names(ledger);
        for (String words : new String[] {"create", "add F", "check F"}) {
            Path some = ids(IdFile.Kind.RAW, 0, 10);
            fail(ExitCode.FAILED, (Object[]) words.replace("F", some.toString()).split(" "));
            assertEquals(before, names(ledger), words);
        }
        // One that has no filter yet would be refused for that of another.
        Path young = directory.resolve("young");
        LogStore.open(young, LogOptions.bulk()).close();
        before = names(young);
        Cli.Run refused = Cli.run("filter", "create", "--dir", young);
        assertEquals(ExitCode.FAILED, refused.exitCode(), refused.all());
        assertTrue(refused.failure().contains("there is a ledger in"), refused.all());
        assertEquals(before, names(young));

        Path alone = directory.resolve("alone");
        Cli.run("filter", "create", "--ids", "1000", "--dir", alone);
        before = names(alone);
        for (String command : new String[] {"sync", "status", "verify"}) {
            Cli.Run run = Cli.run(command, "--store", alone);
            assertEquals(ExitCode.FAILED, run.exitCode(), run.all());
            assertEquals(before, names(alone), command);
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void flip(Path path, long offset) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            int old = file.read();
            file.seek(offset);
            file.write(old ^ 1);
        }
    }

    /** Where a killed process left the filter: ids that no checkpoint has yet. */
    private Path killed(int batches) throws IOException {
        ok("create", "--ids", "100000");
        Path killed = Files.createDirectory(directory.resolve("killed"));
        Path alive = directory.resolve("f");
        try (StandaloneFilter filter = StandaloneFilter.open(new FileStorage(alive))) {
            IdBatch batch = new IdBatch(filter.filter().hash(), 1_000);
            for (int i = 0; i < batches * 1_000; i++) {
                batch.putHash(0x9E37_79B9_7F4A_7C15L * (i + 1), i);
                if (batch.size() == 1_000) {
                    filter.addIfAbsent(batch);
                    batch.clear();
                }
            }
            for (String name : names(alive)) {
                Files.copy(alive.resolve(name), killed.resolve(name));
            }
        }
        return killed;
    }

    private static Cli.Run verify(Path filter) {
        return Cli.run("filter", "verify", "--dir", filter, "--json");
    }

    @Test
    void shouldVerifyTheLogOfIdsBehindTheCheckpoints() throws IOException {
        Path filter = killed(3);
        Path log = filter.resolve("bloom-" + "0".repeat(20) + ".ids");
        byte[] whole = Files.readAllBytes(log);
        Cli.Run sound = verify(filter);
        assertEquals(ExitCode.OK, sound.exitCode(), sound.all());
        assertEquals(3_000L, sound.json().get("idsInLog"));
        // What was durable before a later block was written.
        flip(log, 100);
        Cli.Run damaged = verify(filter);
        assertEquals(ExitCode.CORRUPTION, damaged.exitCode(), damaged.all());
        assertTrue(damaged.failure().contains(log.getFileName().toString()), damaged.all());
        assertEquals(1, damaged.json().items("problems").size(), damaged.all());
        // Its end may be torn: nobody was told that it is there.
        Files.write(log, whole);
        flip(log, whole.length - 1);
        Cli.Run torn = verify(filter);
        assertEquals(ExitCode.OK, torn.exitCode(), torn.all());
        assertEquals(2_000L, torn.json().get("idsInLog"));
        flip(log, 2);
        assertEquals(ExitCode.CORRUPTION, verify(filter).exitCode());
        byte[] left = Files.readAllBytes(log);
        Files.write(log, whole);
        assertFalse(Arrays.equals(left, whole), "verify has changed nothing");
        Files.delete(log);
        assertEquals(ExitCode.CORRUPTION, verify(filter).exitCode());
        assertEquals(0L, ok("verify").get("idsInLog"), "closing wrote checkpoints");
    }

    /** The most that its files take while ids are added, in bytes. */
    private long mostBytes(Path ids) throws IOException {
        long[] most = {0};
        Path filter = directory.resolve("f");
        LongSupplier look =
                () -> {
                    most[0] = Math.max(most[0], bytes(filter));
                    return System.nanoTime();
                };
        Surroundings surroundings =
                new Surroundings(
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(new StringWriter()),
                        Surroundings.Screen.PIPE,
                        Stops.NEVER,
                        look);
        String[] words = {"filter", "add", ids.toString(), "--dir", filter.toString()};
        assertEquals(ExitCode.OK, Main.run(words, surroundings));
        return Math.max(most[0], bytes(filter));
    }

    private static long bytes(Path directory) {
        try {
            long sum = 0;
            for (String name : names(directory)) {
                sum += Files.size(directory.resolve(name));
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldPlanForTheSpaceThatAFilterTakes() throws IOException {
        Json plan = ok("plan", "--ids", "500000");
        double planned = Double.parseDouble(plan.text("diskGiB")) * (1L << 30);
        ok("create", "--ids", "500000");
        mostBytes(ids(IdFile.Kind.RAW, 0, 250_000));
        // Others than those, beside whose checkpoints they are logged.
        double taken = mostBytes(ids(IdFile.Kind.RAW, 1_000_000, 500_000));
        double resolution = 0.0005 * (1L << 30);
        assertTrue(taken <= planned + resolution, taken + " bytes of " + planned);
        assertTrue(taken >= 0.9 * planned - resolution, taken + " bytes of " + planned);
    }

    private static FilterProgress progress(
            Surroundings.Screen screen, StringWriter err, AtomicLong clock, long length) {
        PrintWriter out = new PrintWriter(new StringWriter());
        return new FilterProgress(
                new Surroundings(out, new PrintWriter(err), screen, Stops.NEVER, clock::get),
                length);
    }

    @Test
    void shouldPrintALineNowAndThenWhenPiped() {
        StringWriter err = new StringWriter();
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000); // it overflows
        FilterProgress progress =
                progress(Surroundings.Screen.PIPE, err, clock, 640_000);
        clock.addAndGet(4_999_999_999L);
        progress.at(5_000, 160_000);
        assertEquals("", err.toString(), "not yet");
        clock.addAndGet(1);
        progress.at(10_000, 320_000);
        progress.at(15_000, 480_000);
        clock.addAndGet(5_000_000_000L);
        progress.at(20_000, 640_000);
        progress.end();
        assertEquals(
                List.of("10,000 ids (50%), 2,000 ids/s", "20,000 ids (100%), 2,000 ids/s"),
                err.toString().lines().toList());
    }

    @Test
    void shouldWriteOverOneLineOfProgressWhenOnATerminal() {
        StringWriter err = new StringWriter();
        AtomicLong clock = new AtomicLong();
        FilterProgress none = progress(Surroundings.Screen.TERMINAL, err, clock, 0);
        none.end();
        assertEquals("", err.toString(), "no line is open");
        FilterProgress progress = progress(Surroundings.Screen.TERMINAL, err, clock, 0);
        clock.addAndGet(100_000_000L);
        progress.at(10_000, 320_000); // of a pipe, whose length nobody knows
        clock.addAndGet(100_000_000L);
        progress.at(30_000, 960_000);
        progress.end();
        assertEquals(
                "\r\033[K10,000 ids, 100,000 ids/s\r\033[K30,000 ids, 150,000 ids/s"
                        + System.lineSeparator(),
                err.toString());
    }

    @Test
    void shouldFindADamagedCheckpoint() throws IOException {
        ok("create", "--ids", "1000000");
        ok("add", ids(IdFile.Kind.RAW, 0, 1_000));
        flip(directory.resolve("f/bloom-009.shard"), 8_500);
        Cli.Run run = fail(ExitCode.CORRUPTION, "verify");
        assertTrue(run.err().contains("shard 9"), run.all());
        Cli.Run checked = filter("check", ids(IdFile.Kind.RAW, 0, 1_000));
        assertEquals(1_000L, checked.json().get("maybeThere"), checked.all());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filter",
                "filter nonsense",
                "filter add",
                "filter check",
                "filter stats some-file",
                "filter create --ids 0",
                "filter create --ids many",
                "filter create --ids 1e16",
                "filter create --fpr 0.6",
                "filter plan --fpr 0",
                "filter add some-file --format xml",
            })
    void shouldRefuseAWrongCommandLine(String line) {
        Cli.Run run = Cli.run((Object[]) line.split(" "));
        assertEquals(ExitCode.USAGE, run.exitCode(), run.all());
        assertFalse(Files.exists(Path.of("varve-filter")));
    }
}
