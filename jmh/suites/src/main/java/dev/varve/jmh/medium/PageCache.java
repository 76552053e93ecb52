package dev.varve.jmh.medium;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Puts files into the page cache, and out of it by the program {@code dd}, which asks nobody. */
public final class PageCache {

    /** How many files are handed to a program at a time: their paths fit into its command line. */
    private static final int GROUP = 256;

    /** A shell starts a program in a millisecond, and this process in ten. */
    private static final String DROP_EACH =
            "for f; do dd if=\"$f\" iflag=nocache count=0 status=none || exit; done";

    private PageCache() {}

    /** Drops what the page cache holds of the files in a folder whose names end so. */
    public static void drop(Path folder, String suffix) {
        List<String> files = files(folder, suffix).stream().map(Path::toString).toList();
        for (int from = 0; from < files.size(); from += GROUP) {
            List<String> some = files.subList(from, Math.min(from + GROUP, files.size()));
            run(List.of("sync"), some); // only clean pages can be dropped
            run(List.of("sh", "-c", DROP_EACH, "drop"), some);
        }
    }

    /** Writes all that is in the page cache for the file system of a folder. */
    public static void flush(Path folder) {
        run(List.of("sync", "-f"), List.of(folder.toString()));
    }

    /** Reads the files in a folder whose names end so, from front to back. */
    public static void load(Path folder, String suffix) {
        for (Path file : files(folder, suffix)) {
            try (InputStream bytes = Files.newInputStream(file)) {
                bytes.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The lengths of those files together. */
    public static long bytes(Path folder, String suffix) {
        long bytes = 0;
        for (Path file : files(folder, suffix)) {
            bytes += file.toFile().length();
        }
        return bytes;
    }

    private static List<Path> files(Path folder, String suffix) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(suffix))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> program, List<String> files) {
        List<String> command = new ArrayList<>(program);
        command.addAll(files);
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(
                        String.join(" ", program) + " ended with " + process.exitValue()
                                + " on " + files);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
