package dev.varve.logstore;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Inspector} found in a store's directory. Immutable.
 *
 * @param manifest null if there is none, or it is damaged
 * @param segments by ascending base position
 * @param index runs and heights files, those that the manifest names and others
 * @param others names of all other files
 * @param notes one sentence for each thing that is no damage, but out of the ordinary
 * @param problems what is damaged or missing
 */
public record Inspection(
        @Nullable ManifestFacts manifest,
        List<SegmentFacts> segments,
        List<IndexFacts> index,
        List<String> others,
        List<String> notes,
        List<Problem> problems) {

    /**
     * The fields of a manifest, but for the key of the id hash, which is a secret.
     *
     * @param closed what it says of the store: closed, or in use, or left so by a crash
     * @param tables below the indexed position
     */
    public record ManifestFacts(
            String storeId,
            Closing closed,
            long durable,
            long lastSequence,
            long incarnation,
            long indexed,
            long indexedSequence,
            List<TableFacts> tables) {}

    /** How a store was left. */
    public enum Closing {
        CLEAN,
        IN_USE
    }

    /**
     * A table.
     *
     * @param spec null for the store's own
     * @param records below the indexed position
     * @param bytes of those, in multiples of 16
     */
    public record TableFacts(int id, @Nullable TableSpec spec, long records, long bytes) {}

    /**
     * A segment.
     *
     * @param framesEnd offset behind the last whole frame
     * @param lastSequence of that frame; one less than {@code firstSequence} if there is none
     * @param tables what it holds of each, by ascending id
     */
    public record SegmentFacts(
            String file,
            long base,
            long length,
            SegmentState state,
            long firstSequence,
            long lastSequence,
            long framesEnd,
            List<TableRange> tables) {

        /** Records of all tables. */
        public long records() {
            return tables.stream().mapToLong(TableRange::records).sum();
        }
    }

    /** Whether anything is written to a segment. */
    public enum SegmentState {
        /** Ended by a footer; known from that. */
        SEALED,
        /** The last one; read from its first frame on. */
        OPEN,
        /** Its header or footer is damaged, and so are the numbers of it. */
        DAMAGED
    }

    /**
     * Records of one table in a segment, and between which heights they are, both inclusive.
     *
     * @param bytes of the records, in multiples of 16
     */
    public record TableRange(
            int table, long records, long bytes, long minHeight, long maxHeight) {}

    /**
     * A file of the index.
     *
     * @param end position behind the last that it covers
     * @param use whether it counts
     * @param run null if it is a heights file, or damaged
     * @param heights null if it is a run, or damaged
     */
    public record IndexFacts(
            String file,
            long start,
            long end,
            long length,
            IndexUse use,
            @Nullable RunFacts run,
            @Nullable HeightsFacts heights) {}

    /** Whether a file of the index counts. */
    public enum IndexUse {
        NAMED,
        /** The manifest does not name it: it is being written, or left by a crash. */
        ORPHAN,
        /** The manifest names it, and it is not there. */
        MISSING
    }

    /**
     * A run.
     *
     * @param entryWidth bytes of an entry
     * @param filterBytes bytes of the file that its filter takes
     */
    public record RunFacts(
            long entries,
            long tombstones,
            int entryWidth,
            long entryPages,
            long filterBytes,
            int segments) {}

    /** A heights file. */
    public record HeightsFacts(long entries, int tables) {}

    /**
     * A frame that is whole: its checksums are right, and it has its COMMIT.
     *
     * @param offset in the segment
     * @param durable position that was durable when it was written
     * @param chain whether it follows the frame in front of it
     */
    public record Frame(
            long position,
            long offset,
            long sequence,
            long records,
            long length,
            long durable,
            long incarnation,
            FrameChain chain) {}

    /** Whether a frame follows the one in front of it. */
    public enum FrameChain {
        WHOLE,
        /** It is the first one behind damage: nobody can tell. */
        BROKEN
    }

    /**
     * Something that is damaged or missing.
     *
     * @param offset in the file, or -1
     */
    public record Problem(String file, long offset, String what) {}
}
