package dev.varve.jmh.peers;

import dev.varve.jmh.Arguments;
import dev.varve.jmh.BenchCommand;
import dev.varve.jmh.BenchResult;
import dev.varve.jmh.IncompleteException;
import dev.varve.jmh.Machine;
import dev.varve.jmh.Main;
import dev.varve.jmh.Preflight;
import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * {@code varve bench peers}: Varve and its peers on identical data, one after the other, each in a
 * process of its own. Nothing is left on the disk, however it ends.
 */
public final class PeersCommand implements BenchCommand {

    private static final long DEFAULT_RECORDS = 3_000_000;
    private static final long MAX_LOOKUPS = 100_000_000;
    private static final long MIN_LIMIT_SECONDS = 300;

    /** A store that takes longer than this for each record and lookup hangs. */
    private static final long LIMIT_NS_PER_STEP = 100_000;

    private final AtomicReference<PeerProcess> running = new AtomicReference<>();

    /** As {@code varve bench peers}, with the arguments behind these words. */
    public static void main(String[] arguments) {
        Main.main(
                Stream.concat(Stream.of("bench", "peers"), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public String usage() {
        return "[--records N] [--only a,b] [--lookups N] [--seed N] [--dir FOLDER]"
                + "  Varve beside " + Peer.names();
    }

    @Override
    public List<BenchResult> run(List<String> arguments, PrintStream out) {
        Arguments given =
                Arguments.parse(
                        arguments,
                        Set.of(),
                        Set.of("--records", "--only", "--lookups", "--seed", "--dir"));
        if (!given.words().isEmpty()) {
            throw new UsageException("peers does not know '" + given.words().getFirst() + "'");
        }
        RunSpec spec = spec(given);
        List<Peer> peers = peers(given.value("--only", ""));
        Path folder = given.folder();
        Preflight.writableFolder(folder);
        Preflight.diskBytes(folder, spec.diskBytes(peers));
        Preflight.memoryBytes(spec.memoryBytes(peers));
        return report(measureAll(peers, spec, folder, out), out);
    }

    private static RunSpec spec(Arguments given) {
        long lookups = given.number("--lookups", RunSpec.DEFAULT_LOOKUPS, 1);
        if (lookups > MAX_LOOKUPS) {
            throw new UsageException("--lookups is at most " + MAX_LOOKUPS + ", not " + lookups);
        }
        return new RunSpec(
                given.number("--records", DEFAULT_RECORDS, 1),
                given.number("--seed", RunSpec.DEFAULT_SEED, Long.MIN_VALUE),
                (int) lookups);
    }

    private static List<Peer> peers(String only) {
        if (only.isEmpty()) {
            return List.of(Peer.values());
        }
        EnumSet<Peer> peers = EnumSet.noneOf(Peer.class);
        for (String id : only.split(",", -1)) {
            peers.add(Peer.named(id));
        }
        return List.copyOf(peers);
    }

    private Map<Peer, Outcome> measureAll(
            List<Peer> peers, RunSpec spec, Path folder, PrintStream out) {
        out.println(
                spec.records() + " records of " + Records.KEY_BYTES + " + " + Records.VALUE_BYTES
                        + " bytes in batches of " + RunSpec.BATCH_RECORDS + ", " + spec.lookups()
                        + " random lookups a pass, seed " + spec.seed() + ", one thread");
        out.println("machine: " + Machine.of(folder));
        Map<Peer, Outcome> outcomes = new EnumMap<>(Peer.class);
        Thread cleaner = new Thread(this::stop, "peers-cleaner");
        Runtime.getRuntime().addShutdownHook(cleaner);
        try {
            for (Peer peer : peers) {
                outcomes.put(peer, measure(peer, spec, folder, out));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        Runtime.getRuntime().removeShutdownHook(cleaner);
        return outcomes;
    }

    private Outcome measure(Peer peer, RunSpec spec, Path folder, PrintStream out)
            throws IOException, InterruptedException {
        long steps = spec.records() + 12L * spec.lookups();
        long limitSeconds = MIN_LIMIT_SECONDS + steps * LIMIT_NS_PER_STEP / 1_000_000_000;
        try (PeerProcess process = PeerProcess.start(peer, spec, folder)) {
            running.set(process);
            out.println(peer.id() + ": " + process.command());
            return process.await(limitSeconds);
        } finally {
            running.set(null);
        }
    }

    /** Run when this program is told to end in the middle. */
    private void stop() {
        PeerProcess process = running.get();
        if (process != null) {
            process.close();
        }
    }

    private static List<BenchResult> report(Map<Peer, Outcome> outcomes, PrintStream out) {
        PeersReport report = new PeersReport(outcomes);
        out.println();
        out.print(report.table());
        out.println();
        out.println(report.legend());
        List<String> failed = new ArrayList<>();
        outcomes.forEach(
                (peer, outcome) -> {
                    if (outcome.kind() == Outcome.Kind.SKIPPED) {
                        out.println(peer.id() + " was skipped: " + outcome.reason());
                    } else if (outcome.kind() == Outcome.Kind.FAILED) {
                        failed.add(peer.id() + " failed: " + outcome.reason());
                    }
                });
        if (!failed.isEmpty()) {
            throw new IncompleteException(String.join("\n", failed), report.results());
        }
        return report.results();
    }
}
