package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import dev.varve.bloom.IdHashAlgorithm;
import dev.varve.logstore.RecoveryReport.Outcome;
import dev.varve.logstore.format.SegmentHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.run.RunRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a store back when it is opened: opens the files of its index, reads the log behind what
 * those cover, checks every frame there, fills the indexes, finds the log's end and tells a torn
 * tail from rot. The rules and the crash cases are in {@code docs/FORMAT.md}.
 *
 * <p>Writes the manifest of a new store, and again, in place, what it keeps and nobody is known to
 * have forced; then forces that. One use, one thread. If it throws, it has closed everything it
 * opened.
 */
final class Recovery {

    private static final int COPY_BYTES = 1 << 20;

    private final Storage storage;
    private final LogOptions options;
    private final Environment environment;
    private final List<String> names;
    private final List<Segment> segments = new ArrayList<>();
    private final List<KeyPart> keys = new ArrayList<>();
    private final List<HeightPart> heights = new ArrayList<>();
    private final TableRegistry registry = new TableRegistry();
    private final List<String> notes = new ArrayList<>();
    private final FrameScanner.Memory scannerMemory;
    private Manifest manifest;
    private IdHash idHash;
    private long durablePosition;
    private long lastSequence;
    private int lastFrameCrc;
    private long frames;
    private long records;
    private long scannedBytes;
    private @Nullable TornTail tornTail;
    private @Nullable IndexDirectory directory;

    private Recovery(
            Storage storage,
            LogOptions options,
            Environment environment,
            List<String> names,
            Manifest manifest) {
        this.storage = storage;
        this.names = names;
        this.options = options;
        this.environment = environment;
        this.scannerMemory = new FrameScanner.Memory(environment.memory());
        this.manifest = manifest;
        this.durablePosition = manifest.durablePosition();
        this.lastSequence = manifest.indexed().sequence();
        this.lastFrameCrc = manifest.indexed().frameCrc();
        this.idHash = hashOf(manifest);
    }

    /** The log as it was found. */
    static Recovered run(Storage storage, LogOptions options, Environment environment) {
        List<String> names = storage.list();
        List<String> files = names.stream().filter(f -> Segment.basePosition(f) >= 0).toList();
        Manifest manifest = Manifest.read(storage);
        boolean created = manifest == null && files.isEmpty();
        boolean lost = manifest == null && !files.isEmpty();
        if (manifest == null) {
            manifest = newManifest(environment);
            if (created) {
                manifest.write(storage);
            }
        }
        Recovery recovery = new Recovery(storage, options, environment, names, manifest);
        try {
            if (lost) {
                recovery.notes.add("The manifest was lost: a new hash key was drawn.");
                recovery.adoptStoreId(files.getFirst());
            }
            return recovery.recover(files, created, lost);
        } catch (Throwable t) {
            recovery.closeAll(t);
            throw t;
        } finally {
            recovery.scannerMemory.close();
        }
    }

    private void closeAll(Throwable failure) {
        List<AutoCloseable> opened = new ArrayList<>(keys);
        opened.addAll(heights);
        opened.addAll(segments);
        if (directory != null) {
            opened.add(directory);
        }
        for (AutoCloseable one : opened) {
            try {
                one.close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }

    private static Manifest newManifest(Environment environment) {
        return new Manifest(
                new Manifest.StoreId(
                        environment.random().getAsLong(), environment.random().getAsLong()),
                environment.random().getAsLong(),
                environment.random().getAsLong(),
                0,
                0,
                0,
                Manifest.State.CLEAN,
                IndexedLog.NOTHING);
    }

    private static IdHash hashOf(Manifest manifest) {
        return IdHash.create(
                IdHashAlgorithm.FOLDED, manifest.hashKeyHigh(), manifest.hashKeyLow());
    }

    private Recovered recover(List<String> files, boolean created, boolean manifestLost) {
        IndexDirectory index = new IndexDirectory(storage, manifest.storeId(), options.index());
        directory = index;
        LostPart lost = new LostPart(environment, registry, idHash);
        IndexRecovery parts = recoverIndex(index, files, lost);
        for (int i = segments.size(); i < files.size(); i++) {
            recoverSegment(files.get(i), i == files.size() - 1);
        }
        long end = endPosition();
        if (end < durablePosition) {
            throw new CorruptionException(
                    "the log ends at position " + end + ", but was durable up to "
                            + durablePosition + ": a segment is missing or cut",
                    segments.isEmpty() ? Manifest.FILE : segments.getLast().name(),
                    segments.isEmpty() ? 0 : segments.getLast().framesEnd(),
                    null);
        }
        readLostAgain(parts, lost);
        boolean clean = !manifestLost && manifest.state() == Manifest.State.CLEAN;
        if (!clean) {
            forceWhatIsKept();
        }
        Outcome outcome = created ? Outcome.CREATED : clean ? Outcome.CLEAN : Outcome.UNCLEAN;
        RecoveryReport report =
                new RecoveryReport(
                        outcome,
                        segments.size(),
                        frames,
                        records,
                        scannedBytes,
                        end,
                        tornTail == null ? 0 : tornTail.length(),
                        List.copyOf(notes));
        IndexView view = new IndexView(1, segments, keys, heights);
        Catalog catalog = new Catalog(storage, manifest, view, registry, options.readCheck());
        LogEnd logEnd = new LogEnd(lastSequence, lastFrameCrc, tornTail);
        return new Recovered(catalog, index, idHash, registry, logEnd, report);
    }

    /** Opens the index, and knows the segments below its end. */
    private IndexRecovery recoverIndex(
            IndexDirectory index, List<String> files, LostPart lost) {
        IndexedLog indexed = manifest.indexed();
        for (IndexedLog.IndexedTable entry : indexed.tables()) {
            if (entry.table() != null) {
                registry.add(entry.table(), new TableRegistry.Place(Manifest.FILE, 0));
            }
        }
        List<Long> bases = files.stream().map(Segment::basePosition).toList();
        for (int i = 0; i + 1 < bases.size() && bases.get(i + 1) <= indexed.position(); i++) {
            segments.add(new Segment(bases.get(i), storage, bases.get(i + 1)));
        }
        List<Segment> known = segments; // and not all of this
        IndexRecovery parts =
                new IndexRecovery(
                        index,
                        indexed,
                        names,
                        range -> lost.read(known, range, TableSpec.Order.HEIGHT),
                        notes::add);
        try {
            parts.open();
        } finally {
            keys.addAll(parts.keys());
            heights.addAll(parts.heights());
        }
        return parts;
    }

    /** Reads again those parts of the log whose index is lost. */
    private void readLostAgain(IndexRecovery parts, LostPart reader) {
        for (RunRange range : parts.lostKeys()) {
            keys.add(reader.read(segments, range, TableSpec.Order.KEY));
        }
        for (RunRange range : parts.lostHeights()) {
            heights.add(reader.read(segments, range, TableSpec.Order.HEIGHT));
        }
        keys.sort(Comparator.comparingLong(KeyPart::start));
        heights.sort(Comparator.comparingLong(HeightPart::start));
        manifest = manifest.with(manifest.indexed().with(keys, heights));
    }

    /**
     * Makes durable what the store will show. A force may have failed in the life before, and after
     * that the kernel holds pages for clean that never reached the disk: only writing them again
     * makes a force save them. Everything below the highest durable position needs none of that,
     * and is not touched.
     */
    private void forceWhatIsKept() {
        if (!segments.isEmpty()) {
            Segment last = segments.getLast();
            long end = last.isSealed() ? last.file().length() : last.framesEnd();
            long from = Math.max(0, durablePosition - last.basePosition());
            writeAgain(last.file(), from, end);
            last.file().force();
        }
        storage.forceDirectory();
    }

    private static void writeAgain(StorageFile file, long from, long to) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(Math.max(1, Math.min(COPY_BYTES, to - from)));
            for (long at = from; at < to; at += buffer.byteSize()) {
                MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), to - at));
                if (file.read(part, at) < part.byteSize()) {
                    throw new CorruptionException(
                            "the file became shorter", file.name(), at, null);
                }
                file.write(part, at);
            }
        }
    }

    private long endPosition() {
        if (segments.isEmpty()) {
            return 0;
        }
        Segment last = segments.getLast();
        return last.isSealed()
                ? last.nextBasePosition()
                : last.basePosition() + last.framesEnd();
    }

    private void recoverSegment(String name, boolean last) {
        long base = Segment.basePosition(name);
        long expected = segments.isEmpty() ? 0 : segments.getLast().nextBasePosition();
        if (base != expected) {
            throw new CorruptionException(
                    "a segment is missing: the next one should start at position " + expected,
                    name,
                    0,
                    null);
        }
        StorageFile file = storage.open(name, Storage.Access.READ_WRITE);
        Segment segment =
                new Segment(base, storage, file, SegmentHeaderDescriptor.FRAMES_OFFSET);
        try {
            checkLength(file);
            SegmentHeader header = SegmentHeader.read(file);
            if (header == null) {
                tornCreation(segment, last);
                segment.close();
                return;
            }
            checkHeader(header, name, base);
        } catch (Throwable t) {
            segment.close();
            throw t;
        }
        segments.add(segment);
        scan(segment, last);
    }

    /** Bounds what the scans below may have to read. */
    private static void checkLength(StorageFile file) {
        long length = file.length();
        long longest = LogOptions.MAX_SEGMENT_BYTES + SegmentFooter.MAX_LENGTH;
        if (length > longest) {
            throw new CorruptionException(
                    "a segment of " + length + " bytes, which has at most " + longest,
                    file.name(),
                    longest,
                    null);
        }
    }

    /** After a lost manifest: the identity stands in every segment, only the key was lost. */
    private void adoptStoreId(String firstSegment) {
        try (StorageFile file = storage.open(firstSegment, Storage.Access.READ)) {
            SegmentHeader header = SegmentHeader.read(file);
            if (header != null) {
                manifest =
                        new Manifest(
                                header.storeId(),
                                manifest.hashKeyHigh(),
                                manifest.hashKeyLow(),
                                0,
                                0,
                                0,
                                Manifest.State.IN_USE,
                                IndexedLog.NOTHING);
            }
        }
    }

    private void checkHeader(SegmentHeader header, String name, long base) {
        if (!header.storeId().equals(manifest.storeId())) {
            throw new CorruptionException(
                    "the segment belongs to store " + header.storeId() + ", not "
                            + manifest.storeId(),
                    name,
                    SegmentHeaderDescriptor.STORE_ID_HIGH_OFFSET,
                    null);
        }
        // A segment that starts in front of what is read has frames in front of it.
        boolean follows =
                base < manifest.indexed().position()
                        || header.firstSequence() == lastSequence + 1
                                && header.previousFrameCrc() == lastFrameCrc;
        if (header.basePosition() != base || !follows) {
            throw new CorruptionException(
                    "the header names base position " + header.basePosition() + " and first frame "
                            + header.firstSequence() + ", expected " + base + " and "
                            + (lastSequence + 1) + ", or another frame before",
                    name,
                    SegmentHeaderDescriptor.BASE_POSITION_OFFSET,
                    null);
        }
    }

    /** A header page that is not whole: a creation cut short, unless frames were written behind. */
    private void tornCreation(Segment segment, boolean last) {
        StorageFile file = segment.file();
        long length = file.length();
        // A frame is written when the header is durable, so even a torn one tells that this was
        // once whole. Any chain will do to find it.
        SegmentHeader none =
                new SegmentHeader(manifest.storeId(), segment.basePosition(), lastSequence + 1, 0);
        FrameScanner scanner = scanner(file, FrameScanner.Start.of(none), length);
        if (!last
                || durablePosition > segment.basePosition()
                || scanner.hasBeginBehind(SegmentHeaderDescriptor.FRAMES_OFFSET)) {
            throw new CorruptionException("the segment's header is damaged", file.name(), 0, null);
        }
        tornTail = new TornTail(file.name(), segment.basePosition(), 0, length, true);
        notes.add(
                "The creation of segment " + file.name()
                        + " was cut short; it will be set aside.");
    }

    /** Reads a segment from where the index ends, or from its first frame on. */
    private void scan(Segment segment, boolean last) {
        IndexedLog indexed = manifest.indexed();
        long base = segment.basePosition();
        boolean indexedPart = indexed.position() > base;
        long from =
                indexedPart
                        ? indexed.position() - base
                        : SegmentHeaderDescriptor.FRAMES_OFFSET;
        StorageFile file = segment.file();
        long length = file.length();
        if (from > length) {
            throw new CorruptionException(
                    "acknowledged bytes are missing: the file ends at " + length + ", not behind "
                            + from,
                    segment.name(),
                    length,
                    null);
        }
        segment.framesEnd(from);
        SegmentFooter footer = SegmentFooter.read(file, base);
        if (indexedPart && from == length && footer != null) {
            // Sealed, and all of it is in the index: the footer too.
            segment.framesEnd(footer.framesEnd());
            segment.sealed(length);
            return;
        }
        HotPart part =
                indexedPart
                        ? new HotPart(segment, base + from, indexed.segmentCounts())
                        : new HotPart(segment, base);
        keys.add(part);
        heights.add(part);
        scan(part, new FrameScanner.Start(base, from, lastSequence, lastFrameCrc), footer, last);
    }

    private void scan(
            HotPart part, FrameScanner.Start start, @Nullable SegmentFooter footer, boolean last) {
        Segment segment = part.segment();
        StorageFile file = segment.file();
        FrameScanner scanner = scanner(file, start, file.length());
        part.load();
        while (scanner.next()) {
            frames++;
            durablePosition = Math.max(durablePosition, scanner.durablePosition());
            scanner.forEachRecord(record -> take(part, record));
        }
        part.loaded();
        segment.framesEnd(scanner.offset());
        lastSequence = scanner.sequence();
        lastFrameCrc = scanner.frameCrc();
        scannedBytes += scanner.offset() - start.offset();
        if (footer != null && isSealedBy(footer, part, scanner)) {
            segment.sealed(file.length());
            part.finish(segment.nextBasePosition(), lastSequence, lastFrameCrc);
        } else {
            // Of the last segment's footer alone nothing follows: sealing may have been cut
            // short when the footer's page was on disk and others were not.
            checkTail(segment, scanner, last);
        }
    }

    private FrameScanner scanner(StorageFile file, FrameScanner.Start start, long limit) {
        return new FrameScanner(
                file, start, limit, environment.frameChecksums().get(), scannerMemory);
    }

    private void take(HotPart part, RecordView record) {
        registry.apply(record, part.segment().name());
        TableSpec.Order order = registry.order(record.table());
        part.index(record, KeyHash.of(idHash, record), order);
        records++;
    }

    private static boolean isSealedBy(
            SegmentFooter footer, HotPart part, FrameScanner scanner) {
        return footer.framesEnd() == scanner.offset()
                && footer.lastSequence() == scanner.sequence()
                && footer.lastFrameCrc() == scanner.frameCrc()
                && footer.recordCount() == part.segmentCounts().recordCount();
    }

    /** Without a manifest nobody knows which open wrote last. */
    private boolean isOfLastOpen(long incarnation) {
        return manifest.incarnation() == 0 || manifest.incarnation() == incarnation;
    }

    private void checkTail(Segment segment, FrameScanner scanner, boolean last) {
        long end = scanner.offset();
        String reason = scanner.reason();
        String file = segment.name();
        if (!last) {
            throw new CorruptionException(
                    "a sealed segment is damaged: " + reason, file, end, null);
        }
        long named = scanner.highestDurablePositionBehind(end, this::isOfLastOpen);
        durablePosition = Math.max(durablePosition, named);
        long endPosition = segment.basePosition() + end;
        if (endPosition < durablePosition) {
            throw new CorruptionException(
                    "acknowledged bytes are damaged: " + reason + " at position " + endPosition
                            + ", but the log was durable up to " + durablePosition,
                    file,
                    end,
                    null);
        }
        long tornEnd = scanner.endOfBytesBehind(end);
        if (tornEnd > end) {
            tornTail = new TornTail(file, endPosition, end, tornEnd, false);
            notes.add(
                    "A crash left " + (tornEnd - end) + " bytes behind the log's end at position "
                            + endPosition + ": " + reason + ".");
        }
    }

    /** What recovery hands to the store, which closes all of it from then on. */
    record Recovered(
            Catalog catalog,
            IndexDirectory directory,
            IdHash idHash,
            TableRegistry registry,
            LogEnd end,
            RecoveryReport report) {}

    /** The last frame, and what a crash left behind it. */
    record LogEnd(long sequence, int frameCrc, @Nullable TornTail tornTail) {}
}
