package dev.varve.jmh.workload;

import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Where a workload works: a folder of its own, how much data, which seed. Immutable.
 *
 * @param folder exists and is empty; whoever made the site deletes it
 * @param records how many records the store holds before the first operation, where one is needed
 * @param seed of everything random
 * @param seam put between the store and the disk, to count or to plant a fault
 */
public record Site(Path folder, long records, long seed, UnaryOperator<Storage> seam) {

    /** A site without anything at the seam. */
    public static Site of(Path folder, long records, long seed) {
        return new Site(folder, records, seed, UnaryOperator.identity());
    }

    /** Storage in a new folder of that name in the site's folder, behind the seam. */
    public Storage storage(String name) {
        return seam.apply(new FileStorage(folder.resolve(name)));
    }

    /** Deletes a folder and the files in it; does nothing if there is none. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
