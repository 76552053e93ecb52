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
        try (StorageFile file = createOrReuse(storage, temporary)) {
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

    /**
     * A file that is there is written over, not deleted: a power cut may keep the renaming and lose
     * a deletion and creation before it, and so give the file that was there the name.
     */
    private static StorageFile createOrReuse(Storage storage, String temporary) {
        if (!storage.exists(temporary)) {
            return storage.create(temporary);
        }
        StorageFile file = storage.open(temporary, Storage.Access.READ_WRITE);
        try {
            file.truncate(0);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
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
