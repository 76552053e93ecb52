package dev.varve.sync.ethereum.source;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chain's history before its merge, from one era1 file or a folder of them. Every file's index
 * is checked at open, and that the files follow each other without a gap; one file is open at a
 * time, so reading goes best from low to high.
 */
public final class Era1Source implements BlockSource {

    private static final String PATTERN = "*.era1";

    /** A file and the heights in it, half-open. */
    private record Epoch(Path path, long first, long end) {}

    private final List<Epoch> epochs;
    private @Nullable Era1File open;
    private boolean closed;

    private Era1Source(List<Epoch> epochs) {
        this.epochs = epochs;
    }

    /** Opens a file, or all files in a folder whose names end with ".era1". */
    public static Era1Source open(Path path) {
        List<Epoch> epochs = new ArrayList<>();
        for (Path file : Files.isDirectory(path) ? files(path) : List.of(path)) {
            try (Era1File era = Era1File.open(file)) {
                epochs.add(new Epoch(file, era.first(), era.end()));
            }
        }
        if (epochs.isEmpty()) {
            throw new SourceException(path.toString(), 0, "holds no file " + PATTERN);
        }
        epochs.sort(Comparator.comparingLong(Epoch::first));
        for (int i = 1; i < epochs.size(); i++) {
            Epoch epoch = epochs.get(i);
            if (epoch.first() != epochs.get(i - 1).end()) {
                throw new SourceException(
                        epoch.path().toString(),
                        0,
                        "begins at height " + epoch.first() + ", but the file before it ends at "
                                + epochs.get(i - 1).end());
            }
        }
        return new Era1Source(epochs);
    }

    @Override
    public long first() {
        return epochs.getFirst().first();
    }

    @Override
    public long end() {
        return epochs.getLast().end();
    }

    @Override
    public byte[] header(long height) {
        return file(height).header(height);
    }

    @Override
    public byte[] body(long height) {
        return file(height).body(height);
    }

    @Override
    public byte[] receipts(long height) {
        return file(height).receipts(height);
    }

    @Override
    public BigInteger totalDifficulty(long height) {
        return file(height).totalDifficulty(height);
    }

    @Override
    public String describe(long height) {
        return file(height).describe(height);
    }

    @Override
    public SourceException damaged(long height, String what, RuntimeException cause) {
        return file(height).damaged(height, what, cause);
    }

    /** Reads every header and checks each file's accumulator against them. */
    public void verifyAccumulators() {
        for (Epoch epoch : epochs) {
            file(epoch.first()).verifyAccumulator();
        }
    }

    @Override
    public void close() {
        closed = true;
        closeFile();
    }

    private void closeFile() {
        Era1File file = open;
        open = null;
        if (file != null) {
            file.close();
        }
    }

    private Era1File file(long height) {
        BlockSource.checkHeight(this, height);
        if (closed) {
            throw new IllegalStateException("closed: " + epochAt(height).path());
        }
        Era1File file = open;
        if (file == null || height < file.first() || height >= file.end()) {
            closeFile();
            file = Era1File.open(epochAt(height).path());
            open = file;
        }
        return file;
    }

    private Epoch epochAt(long height) {
        int low = 0;
        int high = epochs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (epochs.get(middle).first() <= height) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return epochs.get(low);
    }

    private static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, PATTERN)) {
            entries.forEach(files::add);
        } catch (IOException e) {
            throw new SourceException(folder.toString(), 0, "cannot be listed: " + e, e);
        }
        return files;
    }
}
