package dev.varve.sync.contract;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.Snapshot;
import dev.varve.logstore.Table;
import dev.varve.logstore.TableSpec;
import dev.varve.sync.Stage;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** The contents of tables, to compare and to print: from "table key" to value, in hexadecimal. */
final class TableDumps {

    private static final HexFormat HEX = HexFormat.of();

    private TableDumps() {}

    /** The tables of all stages of a workload. */
    static SortedMap<String, String> all(LogStore store, StageWorkload workload) {
        SortedMap<String, String> dump = new TreeMap<>();
        workload.stages().forEach(stage -> dump.putAll(ofStage(store, workload, stage)));
        return dump;
    }

    /** The tables that a stage owns. */
    static SortedMap<String, String> ofStage(LogStore store, StageWorkload workload, Stage stage) {
        SortedMap<String, String> dump = new TreeMap<>();
        Snapshot snapshot = store.snapshot();
        for (TableSpec spec : stage.spec().tables()) {
            Table table = store.findTable(spec.name());
            if (table == null) {
                continue;
            }
            if (spec.order() == TableSpec.Order.HEIGHT) {
                addHeights(snapshot, table, dump);
            } else {
                addKeys(snapshot, table, workload, dump);
            }
        }
        return dump;
    }

    private static void addHeights(
            Snapshot snapshot, Table table, SortedMap<String, String> dump) {
        snapshot.scan(
                table,
                0,
                Long.MAX_VALUE,
                record -> {
                    String height = String.format(Locale.ROOT, "%016x", record.height());
                    byte[] value = record.value().toArray(ValueLayout.JAVA_BYTE);
                    dump.put(table.name() + ' ' + height, HEX.formatHex(value));
                    return Snapshot.ScanStep.CONTINUE;
                });
    }

    private static void addKeys(
            Snapshot snapshot,
            Table table,
            StageWorkload workload,
            SortedMap<String, String> dump) {
        for (byte[] key : workload.keys(table.spec())) {
            byte[] value = snapshot.get(table, key);
            if (value != null) {
                dump.put(table.name() + ' ' + HEX.formatHex(key), HEX.formatHex(value));
            }
        }
    }
}
