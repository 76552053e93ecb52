package dev.varve.jmh.counter;

import com.sun.management.ThreadMXBean;
import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.Site;
import dev.varve.jmh.workload.Workload;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.IoCounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Counts what one operation of a workload costs. Works in the calling thread; one run, one object.
 *
 * <p>The calls at the seam are those of one round after a first one that warms up; rounds have a
 * fixed number of operations, so the counts are the same on every machine. Allocation is the least
 * of a few rounds, over all threads; less than one byte per operation is none, for it is the
 * counting's own residue.
 *
 * <p>What is allocated depends on the compiler: C2 leaves out what it proves to be of no use, and
 * what it proves depends on the moment at which it looks (a commit allocated 429, 453 or 485 bytes
 * in three runs). So the budgets are for code that C1 compiled ({@link CounterChild}), which
 * allocates what is written, byte for byte the same in every run: an upper bound of what an
 * embedder sees, and one allocation more is always one more.
 */
public final class CounterRun {

    private static final int ALLOCATION_ROUNDS = 4;

    private final List<CountingStorage> storages = new ArrayList<>();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Path folder;
    private final Shape shape;

    private CounterRun(Path folder, Shape shape) {
        this.folder = folder;
        this.shape = shape;
    }

    /** Counts a hot path in an empty folder, which keeps what the path wrote. */
    public static Map<Counter, Double> of(HotPath path, Path folder) {
        return of(path, folder, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /**
     * As {@link #of(HotPath, Path)}, with something planted.
     *
     * @param seam put between the path and the counters
     * @param plant put around the path itself
     */
    static Map<Counter, Double> of(
            HotPath path,
            Path folder,
            UnaryOperator<Storage> seam,
            UnaryOperator<Workload> plant) {
        Shape shape = Shape.of(path);
        return new CounterRun(folder, shape)
                .count(site -> plant.apply(path.openCounted(site)), seam);
    }

    private Map<Counter, Double> count(
            Function<Site, Workload> opener, UnaryOperator<Storage> seam) {
        Site site = new Site(folder, shape.records(), 1, s -> seam.apply(counting(s)));
        try (Workload workload = opener.apply(site)) {
            workload.run(shape.operations());
            Map<Counter, Double> counts = seamCounts(workload);
            counts.put(Counter.ALLOCATED, allocated(workload));
            return counts;
        }
    }

    private Storage counting(Storage storage) {
        CountingStorage counting = new CountingStorage(new UnforcedStorage(storage));
        storages.add(counting);
        return counting;
    }

    private Map<Counter, Double> seamCounts(Workload workload) {
        double operations = shape.operations();
        List<IoCounts> before = storages.stream().map(CountingStorage::counts).toList();
        long disk = diskBytes();
        workload.run(shape.operations());
        Map<Counter, Double> counts = new EnumMap<>(Counter.class);
        long written = 0;
        for (int i = 0; i < storages.size(); i++) {
            IoCounts now = storages.get(i).counts();
            IoCounts added = i < before.size() ? now.since(before.get(i)) : now;
            counts.merge(Counter.READS, added.reads() / operations, Double::sum);
            counts.merge(Counter.BYTES_READ, added.bytesRead() / operations, Double::sum);
            counts.merge(Counter.WRITES, added.writes() / operations, Double::sum);
            counts.merge(Counter.BYTES_WRITTEN, added.bytesWritten() / operations, Double::sum);
            long forces = added.forces() + added.directoryForces();
            counts.merge(Counter.FORCES, forces / operations, Double::sum);
            written += added.bytesWritten();
        }
        if (shape.storedBytes() > 0) {
            counts.put(Counter.WRITTEN_PER_BYTE, written / (operations * shape.storedBytes()));
            counts.put(
                    Counter.DISK_PER_RECORD,
                    (diskBytes() - disk) / (operations * shape.storedRecords()));
        }
        return counts;
    }

    private double allocated(Workload workload) {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ALLOCATION_ROUNDS; round++) {
            workload.tidy();
            long before = threads.getTotalThreadAllocatedBytes();
            workload.run(shape.operations());
            long bytes = threads.getTotalThreadAllocatedBytes() - before;
            least = Math.min(least, (double) bytes / shape.operations());
        }
        return least < 1 ? 0 : least;
    }

    private long diskBytes() {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How a path is run to be counted.
     *
     * @param records in the store before the first operation
     * @param operations of one round
     * @param storedRecords records that one operation stores
     * @param storedBytes bytes of keys and values that one operation stores
     */
    record Shape(long records, long operations, int storedRecords, int storedBytes) {

        private static final long RECORDS = 10_000;
        private static final int RECORD_BYTES = 132;
        private static final int STAGE_BYTES = 232;

        static Shape of(HotPath path) {
            return switch (path) {
                case APPEND -> new Shape(0, 20_000, 1, RECORD_BYTES);
                case COMMIT_NONE, COMMIT_GROUP -> new Shape(0, 5_000, 1, RECORD_BYTES);
                case STAGE -> new Shape(0, 5_120, 2, STAGE_BYTES);
                case COMMIT_SHARED -> new Shape(0, 5_120, 1, RECORD_BYTES);
                case MAINTENANCE -> new Shape(0, 60_000, 1, RECORD_BYTES);
                case DEDUP -> new Shape(0, 10_240, 0, 0);
                case COLD_GET, COLD_MISS, GET_ALL, RUN_FIND ->
                        new Shape(RECORDS, 2 * RECORDS, 0, 0);
                case RUN_WRITE, RUN_MERGE -> new Shape(RECORDS, 10 * RECORDS, 0, 0);
                case GET, GET_SHARED, VIEW, MISS, SCAN -> new Shape(RECORDS, RECORDS, 0, 0);
                case RECOVERY -> new Shape(RECORDS, 5, 0, 0);
                case TRIE -> new Shape(RECORDS, 2_000, 0, 0);
                case ID_HASH, FILTER_CONTAINS, FILTER_SHARED, FILTER_ADD, KECCAK, RLP ->
                        new Shape(RECORDS, 20_480, 0, 0);
                case SENDER -> new Shape(0, 64, 0, 0);
                case EXECUTOR -> new Shape(0, 40_000, 0, 0);
            };
        }
    }
}
