package dev.varve.sync;

import static dev.varve.sync.ProgressDescriptor.CURSOR_LENGTH_OFFSET;
import static dev.varve.sync.ProgressDescriptor.LENGTH;
import static dev.varve.sync.ProgressDescriptor.LINEAGE_LENGTH_OFFSET;
import static dev.varve.sync.ProgressDescriptor.LIST_KEY;
import static dev.varve.sync.ProgressDescriptor.MAX_CURSOR_LENGTH;
import static dev.varve.sync.ProgressDescriptor.MAX_LINEAGE_LENGTH;
import static dev.varve.sync.ProgressDescriptor.NEXT_OFFSET;
import static dev.varve.sync.ProgressDescriptor.VERSION;
import static dev.varve.sync.ProgressDescriptor.VERSION_OFFSET;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.logstore.Batch;
import dev.varve.logstore.LogRecord;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code sync.progress}: one record for each stage, and one that lists the stages,
 * because a table that is found by key cannot be listed. Stateless but for the table's handle.
 */
final class ProgressTable {

    static final TableSpec SPEC = TableSpec.byKey("sync.progress");

    /** Progress belongs to no item. */
    private static final long HEIGHT = 0;

    private final Table table;

    /** Registers the table if the store does not have it. */
    ProgressTable(LogStore store) {
        this.table = store.table(SPEC);
    }

    private ProgressTable(Table table) {
        this.table = table;
    }

    static List<Progress> readAll(LogStore store) {
        Table table = store.findTable(SPEC.name());
        if (table == null) {
            return List.of();
        }
        ProgressTable progress = new ProgressTable(table);
        Snapshot snapshot = store.snapshot();
        return progress.stages(snapshot).stream().map(id -> progress.read(snapshot, id)).toList();
    }

    /** A stage's progress; that of nothing done if none is recorded. */
    Progress read(Snapshot snapshot, String stage) {
        Progress recorded = find(snapshot, stage);
        return recorded == null ? Progress.none(stage) : recorded;
    }

    /** Adds the progress of some stages to a batch, and to the list those that are new in it. */
    void add(Batch batch, Snapshot before, List<Progress> all) {
        Set<String> stages = new LinkedHashSet<>(stages(before));
        boolean grown = false;
        for (Progress progress : all) {
            grown |= stages.add(progress.stage());
            batch.put(table, HEIGHT, keyOf(progress.stage()), encode(progress));
        }
        if (grown) {
            batch.put(table, HEIGHT, keyOf(LIST_KEY), String.join("\n", stages).getBytes(UTF_8));
        }
    }

    private List<String> stages(Snapshot snapshot) {
        byte[] list = snapshot.get(table, keyOf(LIST_KEY));
        return list == null ? List.of() : List.of(new String(list, UTF_8).split("\n", -1));
    }

    private @Nullable Progress find(Snapshot snapshot, String stage) {
        return snapshot.find(
                table, MemorySegment.ofArray(keyOf(stage)), record -> decode(stage, record));
    }

    private static byte[] keyOf(String stage) {
        return stage.getBytes(UTF_8);
    }

    static byte[] encode(Progress progress) {
        ItemId lineage = progress.lineage();
        int lineageLength = lineage == null ? 0 : lineage.length();
        ByteBuffer value =
                ByteBuffer.allocate(LENGTH + lineageLength + progress.cursorLength())
                        .order(ByteOrder.LITTLE_ENDIAN);
        value.putShort(VERSION_OFFSET, (short) VERSION);
        value.putShort(LINEAGE_LENGTH_OFFSET, (short) lineageLength);
        value.putInt(CURSOR_LENGTH_OFFSET, progress.cursorLength());
        value.putLong(NEXT_OFFSET, progress.next());
        if (lineage != null) {
            value.put(LENGTH, lineage.bytes());
        }
        value.put(LENGTH + lineageLength, progress.cursor());
        return value.array();
    }

    private static Progress decode(String stage, LogRecord record) {
        return decode(stage, record.value().asByteBuffer(), record.position());
    }

    /**
     * @param value the record's value, from its position on
     * @param position of the record in the log, for messages
     */
    static Progress decode(String stage, ByteBuffer value, long position) {
        ByteBuffer fields = value.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (fields.limit() < LENGTH) {
            throw malformed(stage, position, fields.limit() + " bytes");
        }
        int version = Short.toUnsignedInt(fields.getShort(VERSION_OFFSET));
        if (version != VERSION) {
            throw new FormatVersionException(
                    "progress of stage " + stage + " has version " + version + ", not " + VERSION,
                    SPEC.name(),
                    position,
                    null);
        }
        int lineageLength = Short.toUnsignedInt(fields.getShort(LINEAGE_LENGTH_OFFSET));
        long cursorLength = Integer.toUnsignedLong(fields.getInt(CURSOR_LENGTH_OFFSET));
        long next = fields.getLong(NEXT_OFFSET);
        if (lineageLength > MAX_LINEAGE_LENGTH
                || cursorLength > MAX_CURSOR_LENGTH
                || fields.limit() != LENGTH + lineageLength + cursorLength
                || next < 0
                || next == 0 && lineageLength > 0) {
            throw malformed(
                    stage,
                    position,
                    "next " + next + ", lineage of " + lineageLength + ", cursor of " + cursorLength
                            + " in " + fields.limit() + " bytes");
        }
        byte[] lineage = new byte[lineageLength];
        byte[] cursor = new byte[(int) cursorLength];
        fields.get(LENGTH, lineage).get(LENGTH + lineageLength, cursor);
        return new Progress(stage, next, lineageLength == 0 ? null : ItemId.of(lineage), cursor);
    }

    private static CorruptionException malformed(String stage, long position, String what) {
        return new CorruptionException(
                "malformed progress of stage " + stage + ": " + what, SPEC.name(), position, null);
    }
}
