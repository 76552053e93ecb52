package dev.varve.cli;

import dev.varve.logstore.IndexStats;
import dev.varve.logstore.LogStats;
import dev.varve.logstore.LogStats.TableRecords;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.MemoryStats;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Prints the counters of a store that it opens. */
@Command(
        name = "stats",
        description = "Opens a store and prints what it holds: records of each table, positions,"
                + " bytes on disk and of memory by what they are for, and what opening it did.",
        footer = {
            "",
            "Counters of commits, runs and merges begin when a store is opened: they tell something"
                    + " where a node prints LogStore.stats() itself.",
        })
final class StatsCommand extends StoreCommand {

    StatsCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        try (LogStore store = store().openExisting()) {
            LogStats stats = store.stats();
            if (isJson()) {
                out().println(json(stats));
            } else {
                print(stats);
            }
        }
        return ExitCode.OK;
    }

    private static String name(TableRecords table) {
        return table.id() == 0 ? "(store)" : table.name();
    }

    private void print(LogStats stats) {
        for (TableRecords table : stats.tables()) {
            line("table", table.id() + " " + name(table) + ": " + table.records() + " records, "
                    + table.bytes() + " bytes");
        }
        line("records", stats.records() + " in " + stats.commits() + " commits");
        LogStats.Positions positions = stats.positions();
        line(
                "positions",
                "visible " + positions.visible() + ", durable " + positions.durable()
                        + ", indexed " + positions.indexed());
        LogStats.DiskBytes disk = stats.disk();
        line("log", stats.segments() + " segments, " + disk.log() + " bytes");
        IndexStats index = stats.index();
        line(
                "index",
                index.runs() + " runs, " + disk.entries() + " bytes; filters " + disk.filters()
                        + " bytes; " + index.heightsFiles() + " heights files, " + disk.heights()
                        + " bytes; " + index.unindexedSegments() + " segments wait");
        MemoryStats memory = stats.memory();
        line(
                "memory",
                memory.totalBytes() + " bytes: hot index " + memory.hotBytes() + ", pinned "
                        + memory.pinnedBytes() + ", page cache " + memory.cacheBytes()
                        + ", readers " + memory.readerBytes() + ", staging "
                        + memory.stagingBytes() + ", work " + memory.workBytes() + ", batches "
                        + memory.batchBytes());
        LogStats.Activity done = stats.activity();
        IndexStats.Activity work = index.activity();
        line(
                "since opened",
                done.commits() + " commits, " + done.forces() + " forces, " + done.seals()
                        + " seals, " + work.builds() + " files built, " + work.merges()
                        + " merges, " + work.stalls() + " stalls, " + stats.writtenBytes()
                        + " bytes written");
        line(
                "amplification",
                done.payloadBytes() == 0
                        ? "not known: nothing was committed since the store was opened"
                        : String.format(Locale.ROOT, "%.3f", stats.writeAmplification()));
    }

    private void line(String name, String value) {
        out().println(String.format(Locale.ROOT, "%-13s %s", name, value));
    }

    private JsonObject json(LogStats stats) {
        LogStats.Positions positions = stats.positions();
        return new JsonObject()
                .put("store", directory().toString())
                .put("records", stats.records())
                .put("commits", stats.commits())
                .put("visible", positions.visible())
                .put("durable", positions.durable())
                .put("indexed", positions.indexed())
                .putObjects("tables", tables(stats.tables()))
                .put("disk", disk(stats))
                .put("memory", memory(stats.memory()))
                .put("sinceOpened", activity(stats));
    }

    private static List<JsonObject> tables(List<TableRecords> tables) {
        return tables.stream()
                .map(
                        table ->
                                new JsonObject()
                                        .put("id", table.id())
                                        .put("name", name(table))
                                        .put("records", table.records())
                                        .put("bytes", table.bytes()))
                .toList();
    }

    private static JsonObject disk(LogStats stats) {
        IndexStats index = stats.index();
        return new JsonObject()
                .put("segments", stats.segments())
                .put("logBytes", stats.disk().log())
                .put("runs", index.runs())
                .put("indexBytes", stats.disk().entries() + stats.disk().heights())
                .put("filterBytes", stats.disk().filters())
                .put("heightsFiles", index.heightsFiles())
                .put("heightsBytes", stats.disk().heights())
                .put("unindexedSegments", index.unindexedSegments());
    }

    private static JsonObject memory(MemoryStats memory) {
        return new JsonObject()
                .put("hotBytes", memory.hotBytes())
                .put("pinnedBytes", memory.pinnedBytes())
                .put("cacheBytes", memory.cacheBytes())
                .put("readerBytes", memory.readerBytes())
                .put("stagingBytes", memory.stagingBytes())
                .put("workBytes", memory.workBytes())
                .put("batchBytes", memory.batchBytes())
                .put("totalBytes", memory.totalBytes());
    }

    private static JsonObject activity(LogStats stats) {
        LogStats.Activity done = stats.activity();
        IndexStats.Activity work = stats.index().activity();
        JsonObject json =
                new JsonObject()
                        .put("commits", done.commits())
                        .put("records", done.records())
                        .put("payloadBytes", done.payloadBytes())
                        .put("logBytesWritten", done.writtenBytes())
                        .put("manifestBytesWritten", done.manifestBytes())
                        .put("runBytesWritten", work.runBytes())
                        .put("mergeBytesWritten", work.mergeBytes())
                        .put("forces", done.forces())
                        .put("seals", done.seals())
                        .put("filesBuilt", work.builds())
                        .put("merges", work.merges())
                        .put("stalls", work.stalls())
                        .put("stallNs", work.stallNs())
                        .put("refusals", done.refusals())
                        .put("restarts", work.restarts());
        return done.payloadBytes() == 0
                ? json
                : json.putDecimal("writeAmplification", stats.writeAmplification());
    }
}
