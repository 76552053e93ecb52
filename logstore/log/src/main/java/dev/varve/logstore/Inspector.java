package dev.varve.logstore;

import dev.varve.logstore.Inspection.IndexFacts;
import dev.varve.logstore.Inspection.ManifestFacts;
import dev.varve.logstore.Inspection.Problem;
import dev.varve.logstore.Inspection.TableFacts;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FileStorage;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the files of a store without opening it: takes no lock, recovers nothing, writes
 * nothing. So it works on a store that is damaged, on one that may only be read, and on one that a
 * process has open at the moment; of the last it may see a commit half written, which it does not
 * take for damage. What is damaged is told by file and offset.
 *
 * <p>For one thread. Closed by whoever made it. Throws a {@link FormatVersionException} for files
 * of a later release, and other {@link StorageException}s for a directory that cannot be read.
 */
public final class Inspector implements AutoCloseable {

    /** How often it begins again because an owner has changed the manifest meanwhile. */
    private static final int ATTEMPTS = 10;

    private final Storage storage;

    private Inspector(Storage storage) {
        this.storage = storage;
    }

    /** The files in a storage, which is closed with the inspector. */
    public static Inspector of(Storage storage) {
        return new Inspector(storage);
    }

    /**
     * The files in a directory.
     *
     * @throws IllegalArgumentException if there is no store, see {@link LogStore#exists}
     */
    public static Inspector at(Path directory) {
        if (!LogStore.exists(directory)) {
            throw new IllegalArgumentException("there is no store in " + directory);
        }
        return new Inspector(new FileStorage(directory));
    }

    /** Everything but the frames of sealed segments and the pages of the index. */
    public Inspection inspect() {
        for (int attempt = 1; ; attempt++) {
            byte[] manifest = manifestBytes();
            List<String> notes = new ArrayList<>();
            Inspection seen = inspect(notes);
            if (Arrays.equals(manifest, manifestBytes())) {
                return seen;
            }
            if (attempt == ATTEMPTS) {
                notes.add("The store changed again and again while it was looked at.");
                return withNotes(seen, notes);
            }
        }
    }

    private static Inspection withNotes(Inspection seen, List<String> notes) {
        return new Inspection(
                seen.manifest(),
                seen.segments(),
                seen.index(),
                seen.others(),
                List.copyOf(notes),
                seen.problems());
    }

    /** Files of the index are deleted when no manifest names them: it tells whether one was. */
    private byte[] manifestBytes() {
        if (!storage.exists(Manifest.FILE)) {
            return new byte[0];
        }
        try (StorageFile file = storage.open(Manifest.FILE, Storage.Access.READ)) {
            byte[] bytes = new byte[(int) Math.min(file.length(), Manifest.MAX_LENGTH)];
            file.read(MemorySegment.ofArray(bytes), 0);
            return bytes;
        }
    }

    private Inspection inspect(List<String> notes) {
        List<Problem> problems = new ArrayList<>();
        Manifest manifest = manifest(problems);
        List<String> files = storage.list();
        List<String> segmentFiles =
                files.stream().filter(name -> Segment.basePosition(name) >= 0).toList();
        SegmentLook segments = new SegmentLook(storage, manifest, notes, problems);
        segments.look(segmentFiles);
        IndexLook index = new IndexLook(storage, storeId(manifest, segmentFiles), problems);
        List<IndexFacts> indexFiles = index.look(manifest, files);
        if (manifest == null && !storage.exists(Manifest.FILE)) {
            problems.add(
                    new Problem(
                            Manifest.FILE,
                            -1,
                            "the manifest is lost: opening reads the whole log again"));
        }
        return new Inspection(
                manifest == null ? null : facts(manifest),
                segments.facts(),
                indexFiles,
                files.stream().filter(Inspector::isOther).toList(),
                List.copyOf(notes),
                List.copyOf(problems));
    }

    private static boolean isOther(String name) {
        return Segment.basePosition(name) < 0
                && !name.equals(Manifest.FILE)
                && !IndexLook.isIndexFile(name);
    }

    private @Nullable Manifest manifest(List<Problem> problems) {
        try {
            return Manifest.read(storage);
        } catch (FormatVersionException e) {
            throw e;
        } catch (StorageException e) {
            problems.add(problem(e));
            return null;
        }
    }

    /** Without a manifest the segments tell whose files these are. */
    private Manifest.@Nullable StoreId storeId(
            @Nullable Manifest manifest, List<String> segmentFiles) {
        if (manifest != null) {
            return manifest.storeId();
        }
        for (String name : segmentFiles) {
            try (StorageFile file = storage.open(name, Storage.Access.READ)) {
                SegmentHeader header = SegmentHeader.read(file);
                if (header != null) {
                    return header.storeId();
                }
            }
        }
        return null;
    }

    private static ManifestFacts facts(Manifest manifest) {
        IndexedLog indexed = manifest.indexed();
        return new ManifestFacts(
                manifest.storeId().toString(),
                manifest.state() == Manifest.State.CLEAN
                        ? Inspection.Closing.CLEAN
                        : Inspection.Closing.IN_USE,
                manifest.durablePosition(),
                manifest.lastSequence(),
                manifest.incarnation(),
                indexed.position(),
                indexed.sequence(),
                indexed.tables().stream().map(Inspector::facts).toList());
    }

    private static TableFacts facts(IndexedLog.IndexedTable entry) {
        Table table = entry.table();
        return new TableFacts(
                entry.id(),
                table == null ? null : table.spec(),
                entry.records(),
                entry.bytes());
    }

    static Problem problem(StorageException e) {
        return new Problem(e.file(), e.offset(), String.valueOf(e.getMessage()));
    }

    /**
     * Reads the frames of one segment, and goes on behind what is damaged.
     *
     * @param base base position of the segment, as its file's name tells
     * @param frames takes each whole frame
     * @param problems takes each place where there should be a frame and is none
     * @throws IllegalArgumentException if there is no such segment
     */
    public void frames(
            long base, Consumer<Inspection.Frame> frames, Consumer<Problem> problems) {
        String name = Segment.fileName(base);
        if (base < 0 || !storage.exists(name)) {
            throw new IllegalArgumentException("there is no segment " + name);
        }
        try (FrameLook look = new FrameLook(storage, base, durable())) {
            look.forEach(frames, problems);
        }
    }

    /** What is durable for sure, as far as a manifest tells. */
    private long durable() {
        Manifest manifest = manifest(new ArrayList<>());
        return manifest == null ? 0 : manifest.durablePosition();
    }

    /**
     * Shows the record that holds a position; it is valid only inside of the call.
     *
     * @return the frame that the record is in, null if that is damaged
     * @throws IllegalArgumentException if there is no record at that position
     * @throws CorruptionException if it is damaged
     */
    public Inspection.@Nullable Frame record(long position, Consumer<LogRecord> visitor) {
        long base =
                storage.list().stream()
                        .mapToLong(Segment::basePosition)
                        .filter(start -> start >= 0 && start <= position)
                        .max()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "no segment holds position " + position));
        try (FrameLook look = new FrameLook(storage, base, durable())) {
            return look.record(position, visitor);
        }
    }

    @Override
    public void close() {
        storage.close();
    }
}
