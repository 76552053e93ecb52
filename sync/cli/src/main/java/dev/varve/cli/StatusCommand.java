package dev.varve.cli;

import dev.varve.logstore.LogStats;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.RecoveryReport;
import dev.varve.sync.ItemId;
import dev.varve.sync.Progress;
import dev.varve.sync.ethereum.stage.HeadRecord;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Tells where a store stands, and how it was found. */
@Command(
        name = "status",
        description = "Tells where a store stands: its head, each stage, the log, and how it had"
                + " been left.")
final class StatusCommand extends StoreCommand {

    StatusCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        try (LogStore store = store().openExisting()) {
            HeadRecord head = HeadRecord.read(store, store.snapshot());
            List<Progress> stages = Progress.readAll(store);
            if (isJson()) {
                out().println(json(store, head, stages));
            } else {
                print(store, head, stages);
            }
        }
        return ExitCode.OK;
    }

    private void print(LogStore store, @Nullable HeadRecord head, List<Progress> stages) {
        if (head == null) {
            line("head", "none: no block is through all stages");
        } else {
            line("head", head.height() + " " + ItemId.of(head.hash()));
            line("state root", ItemId.of(head.stateRoot()).toString());
            line("chain", head.transactions() + " transactions");
        }
        stages.forEach(stage -> line(stage.stage(), "next " + stage.next()));
        LogStats stats = store.stats();
        line(
                "log",
                stats.records() + " records in " + stats.commits() + " commits, "
                        + stats.segments() + " segments, " + stats.diskBytes() + " bytes");
        line("index", stats.indexBytes() + " bytes of memory");
        RecoveryReport recovery = store.recoveryReport();
        line(
                "opened",
                outcome(recovery) + ", " + recovery.scannedBytes() + " bytes read, "
                        + recovery.tornBytes() + " torn");
        recovery.notes().forEach(note -> line("", note));
    }

    private void line(String name, String value) {
        out().println(String.format(Locale.ROOT, "%-13s %s", name, value));
    }

    private static String outcome(RecoveryReport recovery) {
        return switch (recovery.outcome()) {
            case CREATED -> "created";
            case CLEAN -> "had been closed";
            case UNCLEAN -> "had not been closed";
        };
    }

    private JsonObject json(LogStore store, @Nullable HeadRecord head, List<Progress> stages) {
        JsonObject json = new JsonObject().put("store", directory().toString());
        if (head != null) {
            json.put("head", head.height())
                    .put("headHash", ItemId.of(head.hash()).toString())
                    .put("stateRoot", ItemId.of(head.stateRoot()).toString())
                    .put("transactions", head.transactions());
        }
        LogStats stats = store.stats();
        RecoveryReport recovery = store.recoveryReport();
        return json.putObjects("stages", stages.stream().map(StatusCommand::json).toList())
                .put(
                        "log",
                        new JsonObject()
                                .put("segments", stats.segments())
                                .put("records", stats.records())
                                .put("commits", stats.commits())
                                .put("visible", stats.visible())
                                .put("durable", stats.durable())
                                .put("diskBytes", stats.diskBytes())
                                .put("indexBytes", stats.indexBytes()))
                .put(
                        "recovery",
                        new JsonObject()
                                .put("outcome", recovery.outcome().name().toLowerCase(Locale.ROOT))
                                .put("frames", recovery.frames())
                                .put("scannedBytes", recovery.scannedBytes())
                                .put("tornBytes", recovery.tornBytes())
                                .putStrings("notes", recovery.notes()));
    }

    private static JsonObject json(Progress stage) {
        JsonObject json = new JsonObject().put("stage", stage.stage()).put("next", stage.next());
        ItemId lineage = stage.lineage();
        return lineage == null ? json : json.put("lineage", lineage.toString());
    }
}
