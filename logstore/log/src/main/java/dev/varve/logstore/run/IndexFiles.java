package dev.varve.logstore.run;

import dev.varve.bloom.BandwidthBudget;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.StorageException;
import java.util.function.Consumer;

/** Writes a file under a temporary name, whole, and gives it its name. Static, without state. */
final class IndexFiles {

    static final String TEMPORARY_SUFFIX = ".tmp";

    private IndexFiles() {}

    /**
     * Lets {@code content} write a file, forces it and renames it. If that fails, the name is not
     * there, and the temporary file is left empty, or as the failure made it.
     */
    static void write(Storage storage, String name, Consumer<StorageFile> content) {
        String temporary = name + TEMPORARY_SUFFIX;
        try (StorageFile file = storage.createOrEmpty(temporary)) {
            try {
                content.accept(file);
                file.force();
            } catch (RuntimeException | Error e) {
                empty(file, e);
                throw e;
            }
        }
        storage.rename(temporary, name);
    }

    /** Gives the space back: a disk that is full should not stay so. */
    private static void empty(StorageFile file, Throwable cause) {
        try {
            file.truncate(0);
        } catch (StorageException e) {
            cause.addSuppressed(e);
        }
    }
}
