package dev.varve.logstore;

import dev.varve.logstore.Inspection.HeightsFacts;
import dev.varve.logstore.Inspection.IndexFacts;
import dev.varve.logstore.Inspection.IndexUse;
import dev.varve.logstore.Inspection.Problem;
import dev.varve.logstore.Inspection.RunFacts;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.HeightsFile;
import dev.varve.logstore.run.PageCache;
import dev.varve.logstore.run.Run;
import dev.varve.logstore.run.RunFiles;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the files of a store's index for an {@link Inspector}: headers, lists and fences are
 * checked, pages are not. For one thread; nothing stays open.
 */
final class IndexLook {

    private final Storage storage;
    private final Manifest.@Nullable StoreId store;
    private final List<Problem> problems;

    /**
     * @param store null if nobody knows: then no file can be opened
     */
    IndexLook(Storage storage, Manifest.@Nullable StoreId store, List<Problem> problems) {
        this.storage = storage;
        this.store = store;
        this.problems = problems;
    }

    /** Whether a file of that name is one of the index, and whole. */
    static boolean isIndexFile(String name) {
        return RunRange.ofRunName(name) != null || RunRange.ofHeightsName(name) != null;
    }

    List<IndexFacts> look(@Nullable Manifest manifest, List<String> files) {
        Set<String> named = new TreeSet<>();
        if (manifest != null) {
            manifest.indexed().runs().forEach(range -> named.add(range.runName()));
            manifest.indexed().heights().forEach(range -> named.add(range.heightsName()));
        }
        Set<String> all = new TreeSet<>(named);
        // One that no manifest names may be gone since it was listed.
        files.stream()
                .filter(name -> isIndexFile(name) && storage.exists(name))
                .forEach(all::add);
        List<IndexFacts> facts = new ArrayList<>();
        try (PageCache cache = new PageCache(PageCache.MIN_BYTES)) {
            for (String name : all) {
                facts.add(look(name, named.contains(name), cache));
            }
        }
        return List.copyOf(facts);
    }

    private IndexFacts look(String name, boolean named, PageCache cache) {
        RunRange run = RunRange.ofRunName(name);
        RunRange range =
                Objects.requireNonNull(run == null ? RunRange.ofHeightsName(name) : run);
        if (named && !storage.exists(name)) {
            problems.add(
                    new Problem(
                            name,
                            -1,
                            "the file is missing: opening reads positions " + range.start() + " to "
                                    + range.end() + " again (file " + name + ")"));
            return new IndexFacts(
                    name, range.start(), range.end(), 0, IndexUse.MISSING, null, null);
        }
        RunFacts runFacts = null;
        HeightsFacts heightsFacts = null;
        try {
            if (store != null) {
                RunFiles files = RunFiles.cached(storage, store.high(), store.low(), cache);
                runFacts = run == null ? null : run(files, run);
                heightsFacts = run == null ? heights(files, range) : null;
            }
        } catch (FormatVersionException e) {
            throw e;
        } catch (StorageException e) {
            if (named) {
                problems.add(Inspector.problem(e));
            }
        }
        return new IndexFacts(
                name,
                range.start(),
                range.end(),
                length(name),
                named ? IndexUse.NAMED : IndexUse.ORPHAN,
                runFacts,
                heightsFacts);
    }

    private static RunFacts run(RunFiles files, RunRange range) {
        try (Run run = files.open(range)) {
            return new RunFacts(
                    run.entries(),
                    run.tombstones(),
                    run.entryWidth(),
                    run.entryPages(),
                    run.filterBytes(),
                    run.segmentBases().length);
        }
    }

    private static HeightsFacts heights(RunFiles files, RunRange range) {
        try (HeightsFile file = files.openHeights(range)) {
            return new HeightsFacts(file.count(), file.tables());
        }
    }

    private long length(String name) {
        try (StorageFile file = storage.open(name, Storage.Access.READ)) {
            return file.length();
        } catch (StorageException e) {
            return 0; // an owner has deleted it since
        }
    }
}
