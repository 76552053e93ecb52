package dev.varve.logstore;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.ResidentPages;
import dev.varve.logstore.run.RunFilterPlace;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of a store's files is in the system's page cache: what of it can be read without asking
 * the disk. Opens no store, takes no lock and changes nothing, the cache least of all.
 *
 * <p>Known only on systems with {@code mincore}, for an embedder that has enabled native access for
 * this module, and only of files that the process owns or may write: of others Linux says that all
 * of them is there.
 *
 * @param file its name
 * @param kind what is in it
 * @param length bytes of that kind in the file
 * @param residentBytes how many of them are in memory
 */
public record Residency(String file, Kind kind, long length, long residentBytes) {

    private static final String FILTER_PREFIX = "bloom-";
    private static final String FILTER_SUFFIX = ".shard";

    /** What bytes are for. */
    public enum Kind {
        LOG,
        /** Runs without their filters, and heights. */
        INDEX,
        /** Filters of runs, and checkpoints of a filter beside the log. */
        FILTER
    }

    /** Whether the system can be asked. */
    public static boolean isKnown() {
        return ResidentPages.isPossible();
    }

    /**
     * Asks for all files of a store, by their names; a run with a filter is there twice, for both
     * of its kinds.
     *
     * @throws IllegalStateException unless {@link #isKnown}
     */
    public static List<Residency> of(Storage storage) {
        ResidentPages pages = new ResidentPages();
        List<Residency> found = new ArrayList<>();
        for (String name : storage.list()) {
            if (isOfStore(name)) {
                try (StorageFile file = storage.open(name, Storage.Access.READ)) {
                    addAll(file, pages, found);
                } catch (StorageException e) {
                    if (storage.exists(name)) {
                        throw e;
                    }
                    // An owner has deleted it.
                }
            }
        }
        return List.copyOf(found);
    }

    private static boolean isOfStore(String name) {
        return Segment.basePosition(name) >= 0 || IndexLook.isIndexFile(name) || isFilter(name);
    }

    private static boolean isFilter(String name) {
        return name.startsWith(FILTER_PREFIX) && name.endsWith(FILTER_SUFFIX);
    }

    private static void addAll(StorageFile file, ResidentPages pages, List<Residency> found) {
        String name = file.name();
        long length = file.length();
        RunFilterPlace filter =
                RunRange.ofRunName(name) == null ? null : RunFilterPlace.in(file);
        if (filter == null) {
            Kind kind =
                    Segment.basePosition(name) >= 0
                            ? Kind.LOG
                            : isFilter(name) ? Kind.FILTER : Kind.INDEX;
            found.add(new Residency(name, kind, length, pages.residentBytes(file, 0, length)));
            return;
        }
        long inFilter = pages.residentBytes(file, filter.from(), filter.to());
        long outside =
                pages.residentBytes(file, 0, filter.from())
                        + pages.residentBytes(file, filter.to(), length);
        long filterLength = filter.to() - filter.from();
        found.add(new Residency(name, Kind.INDEX, length - filterLength, outside));
        found.add(new Residency(name, Kind.FILTER, filterLength, inFilter));
    }
}
