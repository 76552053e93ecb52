package dev.varve.logstore.io.sim;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a machine finds after a power cut: builds it from an image, which stays as it is, by a model
 * and a seed. Used once, under the image's monitor.
 */
final class Aftermath {

    private static final int PAGE_LENGTH = SimContent.PAGE_LENGTH;
    private static final int SECTOR_LENGTH = 512;
    private static final int WORD_LENGTH = 8;

    private final SimImage image;
    private final CrashModel model;
    private final SplittableRandom random;

    Aftermath(SimImage image, CrashModel model, long seed) {
        this.image = image;
        this.model = model;
        this.random = new SplittableRandom(seed);
    }

    /** A new image, all of it durable. */
    SimImage build() {
        Moment moment = model == CrashModel.PREFIX ? moment() : Moment.NEVER;
        NavigableMap<String, SimInode> found = new TreeMap<>();
        for (Map.Entry<String, SimInode> entry : names(moment).entrySet()) {
            found.put(entry.getKey(), new SimInode(content(entry.getValue(), moment)));
        }
        SimImage built = new SimImage(found, image.capacity());
        built.setSpaceModel(image.spaceModel(), random.nextLong());
        return built;
    }

    private Map<String, SimInode> names(Moment moment) {
        List<NameChange> changes = image.unforced();
        Map<String, SimInode> names = new TreeMap<>(image.durableNames());
        switch (model) {
            case LOSE_ALL -> {}
            case KEEP_ALL, RANDOM_4K, TORN, GARBAGE, GROWN_ZERO ->
                    changes.forEach(change -> change.apply(names));
            case PREFIX ->
                    changes.stream()
                            .filter(change -> change.sequence() <= moment.last())
                            .forEach(change -> change.apply(names));
            case DIR_LOSS ->
                    changes.subList(0, random.nextInt(changes.size() + 1))
                            .forEach(change -> change.apply(names));
            case DIR_REORDER ->
                    changes.stream()
                            .filter(change -> random.nextBoolean())
                            .forEach(change -> change.apply(names));
        }
        return names;
    }

    private SimContent content(SimInode inode, Moment moment) {
        return switch (model) {
            case LOSE_ALL -> inode.durable().copy();
            case KEEP_ALL -> inode.live().copy();
            case PREFIX -> upTo(inode, moment);
            case RANDOM_4K -> mix(inode, this::anyVersion);
            case TORN -> mix(inode, this::torn);
            case GARBAGE -> mix(inode, this::garbage);
            case GROWN_ZERO -> grownZero(inode);
            case DIR_LOSS, DIR_REORDER ->
                    random.nextBoolean() ? inode.live().copy() : mix(inode, this::anyVersion);
        };
    }

    private static SimContent grownZero(SimInode inode) {
        SimContent content = inode.durable().copy();
        content.grow(Math.max(content.length(), inode.live().length()));
        return content;
    }

    private SimContent mix(SimInode inode, PageModel pageModel) {
        SimContent content = inode.durable().copy();
        for (Map.Entry<Integer, PageHistory> entry : inode.unforced().entrySet()) {
            byte[] page = pageOf(content, entry.getKey());
            pageModel.change(page, entry.getValue().changes());
            content.setPage(entry.getKey(), page);
        }
        int version = random.nextInt(inode.lengths().size() + 1);
        content.setLength(
                version == 0 ? content.length() : inode.lengths().get(version - 1).length());
        return content;
    }

    private void anyVersion(byte[] page, List<PageHistory.Change> changes) {
        replay(page, changes, random.nextInt(changes.size() + 1), 0, PAGE_LENGTH);
    }

    private void torn(byte[] page, List<PageHistory.Change> changes) {
        int tornSector = random.nextInt(PAGE_LENGTH / SECTOR_LENGTH) * SECTOR_LENGTH;
        int tear = tornSector + random.nextInt(SECTOR_LENGTH / WORD_LENGTH) * WORD_LENGTH;
        for (int sector = 0; sector < PAGE_LENGTH; sector += SECTOR_LENGTH) {
            int end = sector + SECTOR_LENGTH;
            int middle = sector == tornSector ? tear : end;
            replay(page, changes, random.nextInt(changes.size() + 1), sector, middle);
            replay(page, changes, random.nextInt(changes.size() + 1), middle, end);
        }
    }

    private void garbage(byte[] page, List<PageHistory.Change> changes) {
        if (random.nextInt(3) != 0) {
            anyVersion(page, changes);
            return;
        }
        for (PageHistory.Change change : changes) {
            byte[] bytes = new byte[change.length()];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, page, change.from(), bytes.length);
        }
    }

    /** Makes {@code [low, high)} of a durable page what it was after so many changes. */
    private static void replay(
            byte[] page, List<PageHistory.Change> changes, int count, int low, int high) {
        for (PageHistory.Change change : changes.subList(0, count)) {
            change.apply(page, low, high);
        }
    }

    /** Any moment between two changes that are not durable, or within a write. */
    private Moment moment() {
        TreeSet<Long> sequences = new TreeSet<>();
        image.unforced().forEach(change -> sequences.add(change.sequence()));
        for (SimInode inode : image.inodes()) {
            inode.lengths().forEach(change -> sequences.add(change.sequence()));
            inode.unforced()
                    .values()
                    .forEach(page -> page.changes().forEach(c -> sequences.add(c.sequence())));
        }
        int kept = random.nextInt(sequences.size() + 1);
        long last = kept == 0 ? 0 : sequences.stream().skip(kept - 1).findFirst().orElseThrow();
        Long next = sequences.higher(last);
        return new Moment(last, next == null || random.nextBoolean() ? Moment.NONE : next);
    }

    private SimContent upTo(SimInode inode, Moment moment) {
        long length = inode.durable().length();
        long partLength = length;
        for (SimInode.LengthChange change : inode.lengths()) {
            if (change.sequence() <= moment.last()) {
                length = change.length();
                partLength = length;
            } else if (change.sequence() == moment.part()) {
                partLength = change.length();
            }
        }
        // A truncation has no parts.
        long tear = partLength < length ? 0 : tear(inode, moment.part());
        SimContent content = inode.durable().copy();
        for (Map.Entry<Integer, PageHistory> entry : inode.unforced().entrySet()) {
            byte[] page = pageOf(content, entry.getKey());
            long start = (long) entry.getKey() * PAGE_LENGTH;
            for (PageHistory.Change change : entry.getValue().changes()) {
                if (change.sequence() <= moment.last()) {
                    change.apply(page, 0, PAGE_LENGTH);
                } else if (change.sequence() == moment.part()) {
                    change.apply(page, 0, Math.clamp(tear - start, 0, PAGE_LENGTH));
                }
            }
            content.setPage(entry.getKey(), page);
        }
        content.setLength(Math.max(length, Math.min(partLength, tear)));
        return content;
    }

    /**
     * The offset where a write ends early, or 0 if none of it is there or it is not of this file.
     */
    private long tear(SimInode inode, long part) {
        long start = Long.MAX_VALUE;
        long end = 0;
        for (Map.Entry<Integer, PageHistory> entry : inode.unforced().entrySet()) {
            for (PageHistory.Change change : entry.getValue().changes()) {
                if (change.sequence() == part) {
                    long from = (long) entry.getKey() * PAGE_LENGTH + change.from();
                    start = Math.min(start, from);
                    end = Math.max(end, from + change.length());
                }
            }
        }
        if (end == 0) {
            return 0;
        }
        long tear = start + random.nextLong(end - start);
        long sector = tear - tear % SECTOR_LENGTH;
        return sector <= start ? 0 : sector;
    }

    private static byte[] pageOf(SimContent content, int index) {
        byte @Nullable [] page = content.page(index);
        return page == null ? new byte[PAGE_LENGTH] : page.clone();
    }

    /** Turns a page's durable bytes into what comes back. */
    private interface PageModel {
        void change(byte[] page, List<PageHistory.Change> changes);
    }

    /**
     * A moment in the order of all changes.
     *
     * @param last the last change that is whole
     * @param part the change after it of which a part is there, or {@link #NONE}
     */
    private record Moment(long last, long part) {
        static final long NONE = -1;
        static final Moment NEVER = new Moment(NONE, NONE);
    }
}
