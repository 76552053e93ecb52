package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.LogStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The import of the main network's first era, killed by SIGKILL at random moments and started
 * again.
 *
 * <p>The child prints a line after every commit. So the parent knows what was committed before the
 * kill: all of it must be in the store then, the next life must begin exactly there, and so no
 * stage does more again than the step in which it was killed. Guards against progress outside of
 * the data's batch, and against commits that only memory of the process holds.
 */
final class KillTest {

    private static final long STEP = 256;

    /** A process needs about as much before it does anything. */
    private static final long LEAST_MILLIS = 400;

    private static final Pattern COMMITTED =
            Pattern.compile("([a-z-]+) +([0-9,]+) of 8,192 blocks \\(.*");

    @TempDir private Path directory;

    /** The program that is killed: {@code varve}, telling every commit. */
    static final class Import {

        private Import() {}

        public static void main(String[] arguments) {
            // Every look at the clock is 6 seconds after the last one: a line for each commit, and
            // a force of every other one.
            AtomicLong clock = new AtomicLong();
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            Surroundings surroundings =
                    new Surroundings(
                            out,
                            out,
                            Surroundings.Screen.PIPE,
                            Stops.NEVER,
                            () -> clock.addAndGet(6_000_000_000L));
            System.exit(Main.run(arguments, surroundings));
        }
    }

    @Test
    void shouldComeToTheSameHeadWhenKilledEightTimes() throws Exception {
        kill(8);
    }

    @Test
    @Tag("nightly")
    void shouldComeToTheSameHeadWhenKilledThirtyTimes() throws Exception {
        kill(30);
    }

    private void kill(int kills) throws IOException, InterruptedException {
        long seed = System.nanoTime();
        System.out.println("KillTest: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Path whole = directory.resolve("whole");
        long latest = timedLife(whole, Long.MAX_VALUE, "never killed").millis();
        Json expected = Cli.run("status", "--store", whole, "--json").json();
        int stores = 1;
        int killed = 0;
        while (killed < kills) {
            Path store = directory.resolve("store-" + stores);
            // From before there is a store to about the end of an import.
            long millis = random.nextLong(latest / 10, latest);
            String context = "seed " + seed + ", kill " + killed + " after " + millis + " ms";
            Life life = timedLife(store, millis, context);
            if (life.killed()) {
                killed++;
                latest += latest / 10;
            } else {
                // The machine is faster than it was, or not much was left to do.
                checkEnd(store, expected, context);
                stores++;
                latest = Math.max(LEAST_MILLIS, life.millis());
            }
        }
        Path last = directory.resolve("store-" + stores);
        live(last, Long.MAX_VALUE, "seed " + seed + ", the last life");
        checkEnd(last, expected, "seed " + seed);
        System.out.println("KillTest: " + killed + " kills in " + stores + " imports");
    }

    /** How a life ended. */
    private record Life(boolean killed, long millis) {}

    private Life timedLife(Path store, long killAfter, String context)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        boolean killed = live(store, killAfter, context);
        return new Life(killed, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    /** One life of an import; whether it was killed. */
    private boolean live(Path store, long millis, String context)
            throws IOException, InterruptedException {
        boolean exists = LogStore.exists(store);
        Map<String, Long> before = exists ? Cli.stages(store) : Map.of();
        try (ChildJvm child = start(store)) {
            boolean killed = child.killAfter(millis);
            int exitCode = child.exitCode();
            List<String> lines = child.lines();
            Map<String, Long> committed = checkSteps(lines, before, context);
            if (!killed) {
                assertEquals(ExitCode.OK, exitCode, context + ": " + lines);
                return false;
            }
            checkKilled(store, committed, context);
            return true;
        }
    }

    private ChildJvm start(Path store) throws IOException {
        return ChildJvm.start(
                Import.class,
                "sync", "--source", source(), "--genesis", MainNet.genesis(), "--store", store,
                "--json");
    }

    /** Each stage goes on where the store stood, a step at a time; returns where they got to. */
    private static Map<String, Long> checkSteps(
            List<String> lines, Map<String, Long> before, String context) {
        Map<String, Long> next = new HashMap<>(before);
        for (String line : lines) {
            Matcher matcher = COMMITTED.matcher(line);
            if (matcher.matches()) {
                String stage = matcher.group(1);
                long now = Long.parseLong(matcher.group(2).replace(",", ""));
                long last = next.getOrDefault(stage, 0L);
                // A stage's last line is printed twice.
                assertTrue(
                        now >= last && now - last <= STEP,
                        context + ": " + stage + " from " + last + " to " + now);
                next.put(stage, now);
            }
        }
        return next;
    }

    private static void checkKilled(Path store, Map<String, Long> committed, String context) {
        if (!LogStore.exists(store)) {
            assertEquals(Map.of(), committed, context);
            return;
        }
        SyncTest.assertClean(store);
        Map<String, Long> stored = Cli.stages(store);
        committed.forEach(
                (stage, next) -> {
                    long found = stored.getOrDefault(stage, 0L);
                    // The commit that was under way when it was killed may be there or not.
                    assertTrue(
                            found >= next && found - next <= STEP,
                            context + ": " + stage + " told " + next + ", the store has " + found);
                });
    }

    private static void checkEnd(Path store, Json expected, String context) {
        SyncTest.assertClean(store);
        Json status = Cli.run("status", "--store", store, "--json").json();
        for (String member : List.of("head", "headHash", "stateRoot", "transactions")) {
            assertEquals(expected.get(member), status.get(member), context + ": " + member);
        }
        assertEquals(MainNet.BLOCKS, Cli.next(store, "state-root"), context);
    }

    private static String source() {
        return "era1:" + MainNet.era();
    }
}
