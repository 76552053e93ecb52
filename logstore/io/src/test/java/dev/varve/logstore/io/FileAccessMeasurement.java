package dev.varve.logstore.io;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Measures ways to use a file that an interrupt does not close; the figures of
 * docs/decisions/0001-uninterruptible-files.md. A program, not a test:
 *
 * <pre>
 * ./mvnw -q -pl logstore/io -am test-compile
 * java -cp logstore/io/target/classes:logstore/io/target/test-classes \
 *     dev.varve.logstore.io.FileAccessMeasurement DIRECTORY
 * </pre>
 *
 * <p>Prints the median of rounds in which the ways take turns, in ns and in bytes allocated per
 * operation, all on one file of 64 MiB that the page cache holds.
 */
final class FileAccessMeasurement {

    private static final int PAGE_LENGTH = 4096;
    private static final int PAGES = 16_384;
    private static final int ROUNDS = 11;

    private static final ThreadMXBean THREADS =
            (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private FileAccessMeasurement() {}

    public static void main(String[] args) throws IOException {
        Path directory = Files.createTempDirectory(Path.of(args[0]), "measure");
        Path path = directory.resolve("file");
        Files.write(path, new byte[PAGES * PAGE_LENGTH]);
        try (FileStorage storage = new FileStorage(directory);
                StorageFile file = storage.open("file", Storage.Access.READ_WRITE);
                FileChannel channel = open(path);
                Reopening reopening = new Reopening(path);
                RandomAccessFile randomAccess = new RandomAccessFile(path.toFile(), "rw")) {
            Map<String, Way> ways = new LinkedHashMap<>();
            ways.put("FileChannel, closed by an interrupt", new Plain(channel));
            ways.put("FileChannel, reopened", reopening);
            ways.put("AsynchronousFileChannel, caller runs (FileStorage)", new Seam(file));
            ways.put("RandomAccessFile, locked", new Locked(randomAccess));
            measure(ways);
        } finally {
            Files.delete(path);
            Files.delete(directory);
        }
    }

    private static void measure(Map<String, Way> ways) throws IOException {
        MemorySegment page = Arena.ofAuto().allocate(PAGE_LENGTH, PAGE_LENGTH);
        page.fill((byte) 7);
        System.out.println("| way | read | write | write + force |");
        System.out.println("|---|---|---|---|");
        Map<String, List<Sample>> reads = new LinkedHashMap<>();
        Map<String, List<Sample>> writes = new LinkedHashMap<>();
        Map<String, List<Sample>> forces = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                Way w = way.getValue();
                add(reads, way.getKey(), sample(100_000, at -> w.read(page, at)));
                add(writes, way.getKey(), sample(50_000, at -> w.write(page, at)));
                w.force();
                add(forces, way.getKey(), sample(500, at -> writeAndForce(w, page, at)));
            }
        }
        for (String name : ways.keySet()) {
            System.out.println(
                    "| " + name + " | " + median(reads, name) + " | " + median(writes, name) + " | "
                            + median(forces, name) + " |");
        }
    }

    private static void writeAndForce(Way way, MemorySegment page, long at) throws IOException {
        way.write(page, at);
        way.force();
    }

    private static Sample sample(int count, Operation operation) throws IOException {
        SplittableRandom random = new SplittableRandom(42);
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            operation.run((long) random.nextInt(PAGES) * PAGE_LENGTH);
        }
        long ns = System.nanoTime() - start;
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        return new Sample((double) ns / count, (double) bytes / count);
    }

    private static void add(Map<String, List<Sample>> samples, String name, Sample sample) {
        samples.computeIfAbsent(name, n -> new ArrayList<>()).add(sample);
    }

    private static String median(Map<String, List<Sample>> all, String name) {
        List<Sample> samples = all.getOrDefault(name, List.of());
        double[] ns = samples.stream().mapToDouble(Sample::ns).sorted().toArray();
        double[] bytes = samples.stream().mapToDouble(Sample::bytes).sorted().toArray();
        assert ns.length == ROUNDS : Arrays.toString(ns);
        return String.format(
                Locale.ROOT, "%,.0f ns, %.0f B", ns[ROUNDS / 2], bytes[ROUNDS / 2]);
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private record Sample(double ns, double bytes) {}

    private interface Operation {
        void run(long offset) throws IOException;
    }

    private interface Way {
        void read(MemorySegment page, long offset) throws IOException;

        void write(MemorySegment page, long offset) throws IOException;

        void force() throws IOException;
    }

    private record Plain(FileChannel channel) implements Way {
        @Override
        public void read(MemorySegment page, long offset) throws IOException {
            channel.read(page.asByteBuffer(), offset);
        }

        @Override
        public void write(MemorySegment page, long offset) throws IOException {
            channel.write(page.asByteBuffer(), offset);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }
    }

    private record Seam(StorageFile file) implements Way {
        @Override
        public void read(MemorySegment page, long offset) {
            file.read(page, offset);
        }

        @Override
        public void write(MemorySegment page, long offset) {
            file.write(page, offset);
        }

        @Override
        public void force() {
            file.force();
        }
    }

    /** One position per file, so that a lock is needed; bytes go through an array. */
    private record Locked(RandomAccessFile file) implements Way {
        private static final byte[] ARRAY = new byte[PAGE_LENGTH];

        @Override
        public synchronized void read(MemorySegment page, long offset) throws IOException {
            file.seek(offset);
            file.readFully(ARRAY);
            page.copyFrom(MemorySegment.ofArray(ARRAY));
        }

        @Override
        public synchronized void write(MemorySegment page, long offset) throws IOException {
            MemorySegment.ofArray(ARRAY).copyFrom(page);
            file.seek(offset);
            file.write(ARRAY);
        }

        @Override
        public void force() throws IOException {
            file.getFD().sync();
        }
    }

    /** Opens the file again when an interrupt has closed it, and repeats the call. */
    private static final class Reopening implements Way, AutoCloseable {

        private final Path path;
        private volatile FileChannel channel;

        Reopening(Path path) throws IOException {
            this.path = path;
            channel = open(path);
        }

        @Override
        public void read(MemorySegment page, long offset) throws IOException {
            ByteBuffer buffer = page.asByteBuffer();
            retry(c -> c.read(buffer, offset));
        }

        @Override
        public void write(MemorySegment page, long offset) throws IOException {
            ByteBuffer buffer = page.asByteBuffer();
            retry(c -> c.write(buffer, offset));
        }

        @Override
        public void force() throws IOException {
            retry(
                    c -> {
                        c.force(false);
                        return 0;
                    });
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        private void retry(Call call) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    FileChannel used = channel;
                    try {
                        call.on(used);
                        return;
                    } catch (ClosedByInterruptException e) {
                        interrupted |= Thread.interrupted();
                        reopen(used);
                    } catch (ClosedChannelException e) {
                        reopen(used);
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private synchronized void reopen(FileChannel closed) throws IOException {
            if (channel.equals(closed)) {
                channel = open(path);
            }
        }

        private interface Call {
            int on(FileChannel channel) throws IOException;
        }
    }
}
