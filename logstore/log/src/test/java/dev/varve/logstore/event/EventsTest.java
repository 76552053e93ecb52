package dev.varve.logstore.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.Batch;
import dev.varve.logstore.IndexOptions;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder sees of a store. */
final class EventsTest {

    private static final int COMMITS = 40;

    @Test
    void shouldRecordWhatAStoreDoes(@TempDir Path directory) throws IOException {
        long forces;
        int segments;
        long stalls;
        Path file = directory.resolve("events.jfr");
        try (Recording recording = new Recording()) {
            for (String name : List.of("Commit", "Force", "Seal", "Recovery", "Index", "Stall")) {
                recording.enable("dev.varve." + name).withoutThreshold();
            }
            recording.start();
            LogOptions options =
                    LogOptions.defaults()
                            .withSegmentBytes(64 << 10)
                            .withIndex(IndexOptions.defaults().withMaxUnindexedSegments(1));
            try (LogStore store = LogStore.open(directory.resolve("store"), options);
                    Batch batch = store.newBatch()) {
                Table table = store.table(TableSpec.byKey("t"));
                for (int i = 0; i < COMMITS; i++) {
                    store.commit(batch.clear().put(table, i, new byte[] {1}, new byte[5_000]));
                }
                forces = store.stats().forces();
                segments = store.stats().segments();
                stalls = store.stats().index().activity().stalls();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        List<RecordedEvent> commits = named(events, "dev.varve.Commit");
        assertEquals(COMMITS, commits.stream().filter(e -> e.getLong("bytes") > 5_000).count());
        assertEquals(COMMITS, commits.getLast().getLong("sequence") - 1);
        assertEquals(1, commits.getLast().getInt("records"));
        long seen = named(events, "dev.varve.Force").size();
        // Closing may force once more.
        assertTrue(seen == forces || seen == forces + 1, () -> seen + " of " + forces);
        List<RecordedEvent> seals = named(events, "dev.varve.Seal");
        assertEquals(segments - 1, seals.size());
        assertTrue(seals.stream().allMatch(e -> e.getLong("length") >= 60_000));
        List<RecordedEvent> recoveries = named(events, "dev.varve.Recovery");
        assertEquals(1, recoveries.size());
        assertEquals("CREATED", recoveries.getFirst().getString("outcome"));
        List<RecordedEvent> index = named(events, "dev.varve.Index");
        // Closing writes one run of the last two.
        assertEquals(segments - 1, index.stream().filter(e -> isOfKind(e, "BUILD")).count());
        assertTrue(index.stream().anyMatch(e -> isOfKind(e, "MERGE")));
        List<RecordedEvent> stalled = named(events, "dev.varve.Stall");
        assertEquals(stalls, stalled.size());
        assertTrue(stalled.stream().allMatch(e -> e.getLong("waiting") == 1));
        assertTrue(stalls > 0);
    }

    private static boolean isOfKind(RecordedEvent event, String kind) {
        return event.getString("kind").equals(kind) && event.getLong("length") > 0;
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(e -> e.getEventType().getName().equals(name))
                .sorted(java.util.Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }
}
