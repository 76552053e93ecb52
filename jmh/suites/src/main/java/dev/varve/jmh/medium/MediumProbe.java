package dev.varve.jmh.medium;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.varve.jmh.workload.WorkFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Uses the medium below a folder for a moment: writes a file and reads it, one after the other and
 * at random, past the page cache. What the system declares a medium to be is often wrong: a virtual
 * disk on flash calls itself rotational. A cache below the machine, that of a host or of a drive,
 * cannot be passed by. The file is gone afterwards. One probe, one object, one thread.
 */
public final class MediumProbe {

    private static final String DIRECT_OPTIONS = "com.sun.nio.file.ExtendedOpenOption";
    private static final int PAGE = 4096;
    private static final int PIECE = 1 << 20;
    private static final int BRIEF_PIECES = 16;
    private static final long BRIEF_NS = 60_000_000;
    private static final int THOROUGH_PIECES = 256;
    private static final long THOROUGH_NS = 1_000_000_000;

    /** The same pages at every probe. */
    private static final long SEED = 1;

    private final Path folder;
    private final int pieces;
    private final long partNs;
    private final Random random = new Random(SEED);
    private final ByteBuffer piece = aligned(PIECE);
    private final ByteBuffer page = aligned(PAGE);

    private MediumProbe(Path folder, int pieces, long partNs) {
        this.folder = folder;
        this.pieces = pieces;
        this.partNs = partNs;
        for (int i = 0; i < PIECE; i++) {
            piece.put(i, (byte) random.nextInt());
        }
    }

    /** A third of a second and 16 MiB, for the environment of a report. */
    public static MediumFigures brief(Path folder) throws IOException {
        return new MediumProbe(folder, BRIEF_PIECES, BRIEF_NS).measure();
    }

    /** Some seconds and 256 MiB. */
    static MediumFigures thorough(Path folder) throws IOException {
        return new MediumProbe(folder, THOROUGH_PIECES, THOROUGH_NS).measure();
    }

    /** Disk that the longest probe takes. */
    static long thoroughBytes() {
        return (long) THOROUGH_PIECES * PIECE;
    }

    private static ByteBuffer aligned(int length) {
        return ByteBuffer.allocateDirect(length + PAGE).alignedSlice(PAGE).limit(length).slice();
    }

    private MediumFigures measure() throws IOException {
        try (WorkFolder work = WorkFolder.in(folder, "varve-probe-")) {
            Path file = work.path().resolve("probe");
            BlockDevice device = BlockDevice.of(folder);
            String declared = device == null ? "nothing is declared" : device.declared();
            try (FileChannel direct =
                    FileChannel.open(file, CREATE_NEW, READ, WRITE, directOption(folder))) {
                return measure(direct, declared, true);
            } catch (UnsupportedOperationException | IOException e) {
                // Not every file system can; then the figures say that they are those of memory.
                Files.deleteIfExists(file);
                declared += ", no direct I/O: " + e.getMessage();
            }
            try (FileChannel cached = FileChannel.open(file, CREATE_NEW, READ, WRITE)) {
                return measure(cached, declared, false);
            }
        }
    }

    /** By reflection: the compiler warns of whoever names it, for not every JDK need have it. */
    private static OpenOption directOption(Path folder) throws IOException {
        String type = Files.getFileStore(folder).type();
        if (type.equals("tmpfs") || type.equals("ramfs")) {
            // Linux takes the option, and there is no medium.
            throw new UnsupportedOperationException("files are in memory");
        }
        try {
            return Arrays.stream(Class.forName(DIRECT_OPTIONS).getEnumConstants())
                    .filter(option -> option.toString().equals("DIRECT"))
                    .map(OpenOption.class::cast)
                    .findFirst()
                    .orElseThrow(() -> new UnsupportedOperationException("this JDK has none"));
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("this JDK has none", e);
        }
    }

    private MediumFigures measure(FileChannel file, String declared, boolean isDirect)
            throws IOException {
        double writeMib = writeAll(file);
        double readMib = readPieces(file);
        double readUs = medianUs(() -> file.read(page.clear(), randomPage()));
        double forceUs = medianUs(new NextPage(file));
        double randomForceUs =
                medianUs(
                        () -> {
                            file.write(page.clear(), randomPage());
                            file.force(false);
                        });
        MediumFigures.Kind kind =
                isDirect ? MediumFigures.Kind.of(readUs) : MediumFigures.Kind.MEMORY;
        return new MediumFigures(
                kind, declared, readMib, writeMib, readUs, forceUs, randomForceUs);
    }

    private double writeAll(FileChannel file) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < pieces; i++) {
            file.write(piece.clear(), (long) i * PIECE);
        }
        file.force(true);
        return pieces * 1e9 / (System.nanoTime() - start);
    }

    private double readPieces(FileChannel file) throws IOException {
        long start = System.nanoTime();
        int count = 0;
        while (count < pieces && System.nanoTime() - start < partNs) {
            file.read(piece.clear(), (long) count * PIECE);
            count++;
        }
        return count * 1e9 / (System.nanoTime() - start);
    }

    private long randomPage() {
        return (long) random.nextInt(pieces * (PIECE / PAGE)) * PAGE;
    }

    /** Calls for as long as a part may take, at least three times. */
    private double medianUs(Call call) throws IOException {
        double[] micros = new double[1 << 12];
        int count = 0;
        long start = System.nanoTime();
        while (count < 3 || count < micros.length && System.nanoTime() - start < partNs) {
            long before = System.nanoTime();
            call.run();
            micros[count++] = (System.nanoTime() - before) / 1e3;
        }
        Arrays.sort(micros, 0, count);
        return micros[count / 2];
    }

    /** One call to the file. */
    private interface Call {
        void run() throws IOException;
    }

    /** Writes and forces one page after the other. */
    private final class NextPage implements Call {
        private final FileChannel file;
        private long offset;

        NextPage(FileChannel file) {
            this.file = file;
        }

        @Override
        public void run() throws IOException {
            file.write(page.clear(), offset);
            file.force(false);
            offset = (offset + PAGE) % ((long) pieces * PIECE);
        }
    }
}
