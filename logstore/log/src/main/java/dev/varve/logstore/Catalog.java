package dev.varve.logstore;

import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.run.RunRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a store consists of: the manifest, which says it on disk, and the view, which says it to
 * readers. Changes both together, the manifest first: a file of the index is in the view only if a
 * durable manifest names it, and is deleted only when no manifest names it and no reader uses it.
 *
 * <p>For any thread; changes exclude each other. Closed by the store.
 */
final class Catalog implements AutoCloseable {

    private final Storage storage;
    private final Views views;
    private final TableRegistry registry;

    // Under the monitor.
    private Manifest manifest;
    private long manifestBytes;

    private volatile long notedPosition;

    /**
     * @param manifest as it was read, its index as it was found
     * @param check what a lookup checks of each record
     */
    Catalog(
            Storage storage,
            Manifest manifest,
            IndexView view,
            TableRegistry registry,
            ReadCheck check) {
        this.storage = storage;
        this.registry = registry;
        this.manifest = manifest;
        this.notedPosition = manifest.durablePosition();
        this.views = new Views(view, check);
    }

    Views views() {
        return views;
    }

    /** The part of the log that files of the index cover. */
    synchronized IndexedLog indexed() {
        return manifest.indexed();
    }

    synchronized Manifest.StoreId storeId() {
        return manifest.storeId();
    }

    /** Records by table, without their heights: those below the indexed position and behind. */
    synchronized TableCounts recordCounts() {
        TableCounts counts = new TableCounts();
        for (IndexedLog.IndexedTable table : manifest.indexed().tables()) {
            counts.add(table.id(), table.records(), table.bytes(), Long.MAX_VALUE, 0);
        }
        long end = manifest.indexed().position();
        for (HotPart part : views.current().hotParts()) {
            if (part.start() >= end) {
                counts.addAll(part.counts());
            }
        }
        return counts;
    }

    /**
     * More than the next manifest takes, whatever it adds. Asked for before anything is written
     * that it would have to name.
     *
     * @throws StorageFullException if that may be more than is ever read again
     */
    synchronized long nextManifestLength() {
        IndexedLog indexed = manifest.indexed();
        long files = (long) indexed.runs().size() + indexed.heights().size();
        long length = ManifestEntries.end(registry.all().size() + 2L, files + 2L);
        if (length > Manifest.MAX_LENGTH) {
            throw new StorageFullException(
                    "no space in a manifest, of at most " + Manifest.MAX_LENGTH + " bytes, for more"
                            + " than " + files + " files of the index: the store has too many "
                            + "segments",
                    storage.location(),
                    StorageException.NO_OFFSET,
                    null);
        }
        return length;
    }

    /** Bytes of manifests that were written. */
    synchronized long manifestBytes() {
        return manifestBytes;
    }

    /** Says anew how far the log is durable, and whether it is in use; durable on return. */
    synchronized void note(
            long durable, long lastSequence, long incarnation, Manifest.State state) {
        write(manifest.with(durable, lastSequence, incarnation, state));
    }

    /** Says how far the log is durable, if it says less; durable on return. */
    synchronized void noteForced(long durable, long lastSequence) {
        if (durable > manifest.durablePosition()) {
            write(
                    manifest.with(
                            durable, lastSequence, manifest.incarnation(), manifest.state()));
        }
    }

    private void write(Manifest next) {
        manifestBytes += next.write(storage);
        manifest = next;
        notedPosition = next.durablePosition();
    }

    /** How far the manifest says that the log is durable. */
    long notedPosition() {
        return notedPosition;
    }

    /** Deletes the files of the index that the manifest does not name. */
    synchronized void deleteOrphans() {
        Set<String> named = named();
        for (String name : storage.list()) {
            if (RunRange.isIndexFile(name) && !named.contains(name)) {
                storage.delete(name);
            }
        }
    }

    private Set<String> named() {
        Set<String> names = new HashSet<>();
        manifest.indexed().runs().forEach(range -> names.add(range.runName()));
        manifest.indexed().heights().forEach(range -> names.add(range.heightsName()));
        return names;
    }

    /** Shows a segment that was just created, and the part of the index that will grow with it. */
    synchronized void add(HotPart part) {
        IndexView view = views.current();
        List<Segment> segments = new ArrayList<>(view.segments());
        segments.add(part.segment());
        List<KeyPart> keys = new ArrayList<>(view.keys());
        keys.add(part);
        List<HeightPart> heights = new ArrayList<>(view.heights());
        heights.add(part);
        views.publish(view.next(segments, keys, heights), prefixOf(view.segments()));
    }

    /** What readers in the next view, who see that the last segment is sealed, do not need. */
    private static List<AutoCloseable> prefixOf(List<Segment> segments) {
        return segments.isEmpty() ? List.of() : List.of(segments.getLast().mapping().prefix());
    }

    /**
     * A part in memory that files of the index cover now.
     *
     * @param heights what the heights file takes the place of: the part, if it is one of the index
     *     by height, and heights files in front of it
     * @param file covers {@code heights}; null if those have no entries
     */
    record Indexed(HotPart part, List<HeightPart> heights, @Nullable HeightsPart file) {}

    /**
     * Lets a run take the place of neighbours in memory, unless they are none of the index by key,
     * and heights files that of each. The new files are durable under their names, and so is the
     * log that they cover. Parts behind the indexed position come in their order.
     *
     * @param parts oldest first
     */
    synchronized void publish(List<Indexed> parts, @Nullable RunPart run) {
        IndexView view = views.current();
        List<HotPart> hot = parts.stream().map(Indexed::part).toList();
        List<KeyPart> keys = run == null ? view.keys() : replaced(view.keys(), hot, List.of(run));
        List<HeightPart> heights = view.heights();
        IndexedLog indexed = manifest.indexed();
        Set<AutoCloseable> unneeded = new LinkedHashSet<>(hot);
        for (Indexed one : parts) {
            HeightsPart file = one.file();
            heights = replaced(heights, one.heights(), file == null ? List.of() : List.of(file));
            unneeded.addAll(one.heights());
            if (one.part().start() == indexed.position()) {
                indexed = indexed.with(one.part());
            }
        }
        change(indexed, keys, heights, List.copyOf(unneeded));
    }

    /** Lets a heights file take the place of one of the same range. */
    synchronized void publish(HeightsPart old, HeightsPart by) {
        IndexView view = views.current();
        change(
                manifest.indexed(),
                view.keys(),
                replaced(view.heights(), List.of(old), List.of(by)),
                List.of(old));
    }

    /** Lets runs take the place of neighbours that they have all entries of. */
    synchronized void publish(List<RunPart> old, List<RunPart> by) {
        IndexView view = views.current();
        change(manifest.indexed(), replaced(view.keys(), old, by), view.heights(), old);
    }

    private void change(
            IndexedLog indexed,
            List<KeyPart> keys,
            List<HeightPart> heights,
            List<? extends AutoCloseable> unneeded) {
        write(manifest.with(indexed.with(keys, heights)));
        IndexView view = views.current();
        views.publish(view.next(view.segments(), keys, heights), unneeded);
    }

    /** Closes and deletes what no reader uses any more. */
    synchronized void reap() {
        List<AutoCloseable> closed = views.reap();
        Set<String> named = named();
        for (AutoCloseable part : closed) {
            String file = fileName(part);
            // A run that is written anew has the name of the damaged one.
            if (file != null && !named.contains(file)) {
                storage.delete(file);
            }
        }
    }

    static @Nullable String fileName(AutoCloseable part) {
        return switch (part) {
            case KeyPart keys -> keys.fileName();
            case HeightPart heights -> heights.fileName();
            default -> null;
        };
    }

    /** The list with {@code by} at the place of the first of {@code old}. */
    private static <P> List<P> replaced(
            List<P> parts, List<? extends P> old, List<? extends P> by) {
        List<P> result = new ArrayList<>(parts);
        int at = old.isEmpty() ? 0 : result.indexOf(old.getFirst());
        result.removeAll(old);
        result.addAll(at, by);
        return result;
    }

    /** Waits for readers, without the monitor: one that is inside may need it to get on. */
    @Override
    public void close() {
        views.awaitReaders();
        synchronized (this) {
            try {
                if (views.retiredCount() > 0) {
                    reap();
                }
            } catch (StorageException e) {
                // Whoever writes next deletes what no manifest names.
            } finally {
                views.close();
            }
        }
    }
}
