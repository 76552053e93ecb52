package dev.varve.cli;

import dev.varve.logstore.Inspection;
import dev.varve.logstore.Inspection.IndexFacts;
import dev.varve.logstore.Inspection.ManifestFacts;
import dev.varve.logstore.Inspection.SegmentFacts;
import dev.varve.logstore.Inspection.TableFacts;
import dev.varve.logstore.Inspection.TableRange;
import dev.varve.logstore.TableSpec;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints an inspection, for a person or for a program. For one thread. */
final class InspectionReport {

    private final Inspection inspection;
    private final @Nullable Long owner;
    private final Map<Integer, String> names = new HashMap<>();

    /**
     * @param owner process that has the store open, null if none is known
     */
    InspectionReport(Inspection inspection, @Nullable Long owner) {
        this.inspection = inspection;
        this.owner = owner;
        names.put(0, "(store)");
        ManifestFacts manifest = inspection.manifest();
        if (manifest != null) {
            for (TableFacts table : manifest.tables()) {
                TableSpec spec = table.spec();
                if (spec != null) {
                    names.put(table.id(), spec.name());
                }
            }
        }
    }

    // ---- for a person

    void print(PrintWriter out) {
        ManifestFacts manifest = inspection.manifest();
        if (manifest == null) {
            out.println("manifest  none that can be read");
        } else {
            print(manifest, out);
        }
        if (owner != null) {
            out.println("in use by process " + owner);
        }
        inspection.segments().forEach(segment -> print(segment, out));
        inspection.index().forEach(file -> out.println(line(file)));
        inspection.others().stream()
                .filter(name -> !isShard(name))
                .forEach(name -> out.println("other     " + name));
        long shards = inspection.others().stream().filter(InspectionReport::isShard).count();
        if (shards > 0) {
            out.println("other     " + shards + " shards of a filter");
        }
        inspection.notes().forEach(note -> out.println("note      " + note));
        inspection.problems().forEach(problem -> out.println("damaged   " + problem.what()));
    }

    /** Whether a file of that name is one of the many of a filter. */
    static boolean isShard(String name) {
        return name.endsWith(".shard");
    }

    private void print(ManifestFacts manifest, PrintWriter out) {
        out.println(
                "manifest  store " + manifest.storeId() + ", "
                        + (manifest.closed() == Inspection.Closing.CLEAN
                                ? "closed"
                                : "in use or not closed")
                        + ", durable up to position " + manifest.durable() + ", frame "
                        + manifest.lastSequence() + "; indexed up to " + manifest.indexed()
                        + ", frame " + manifest.indexedSequence());
        for (TableFacts table : manifest.tables()) {
            out.println(
                    "table     " + table.id() + " " + name(table.id()) + ", " + order(table) + ": "
                            + table.records() + " records indexed, " + table.bytes() + " bytes");
        }
    }

    private String name(int table) {
        return names.getOrDefault(table, "(not in the manifest)");
    }

    private static String order(TableFacts table) {
        TableSpec spec = table.spec();
        return spec == null || spec.order() == TableSpec.Order.KEY ? "by key" : "by height";
    }

    private void print(SegmentFacts segment, PrintWriter out) {
        out.println(
                "segment   " + segment.file() + ": " + segment.length() + " bytes, "
                        + segment.state().name().toLowerCase(Locale.ROOT) + ", frames "
                        + segment.firstSequence() + " to " + segment.lastSequence()
                        + " up to offset " + segment.framesEnd() + ", " + segment.records()
                        + " records");
        for (TableRange table : segment.tables()) {
            out.println(
                    "            table " + table.table() + " " + name(table.table()) + ": "
                            + table.records() + " records, " + table.bytes() + " bytes, heights "
                            + table.minHeight() + " to " + table.maxHeight());
        }
    }

    private static String line(IndexFacts file) {
        String what = "damaged";
        Inspection.RunFacts run = file.run();
        Inspection.HeightsFacts heights = file.heights();
        if (run != null) {
            what =
                    run.entries() + " entries of " + run.entryWidth() + " bytes in "
                            + run.entryPages() + " pages, " + run.tombstones() + " deletions, "
                            + (run.filterBytes() == 0
                                    ? "no filter"
                                    : "filter of " + run.filterBytes() + " bytes")
                            + ", " + run.segments() + " segments";
        } else if (heights != null) {
            what = heights.entries() + " entries of " + heights.tables() + " tables";
        }
        return switch (file.use()) {
            case NAMED -> "index     " + file.file() + ": " + file.length() + " bytes, " + what;
            case ORPHAN ->
                    "index     " + file.file() + ": " + file.length() + " bytes, not in use, "
                            + what;
            case MISSING -> "index     " + file.file() + ": missing";
        };
    }

    // ---- for a program

    JsonObject json() {
        JsonObject json = new JsonObject();
        ManifestFacts manifest = inspection.manifest();
        if (manifest != null) {
            json.put("manifest", json(manifest));
        }
        if (owner != null) {
            json.put("owner", owner);
        }
        return json.putObjects("segments", inspection.segments().stream().map(this::json).toList())
                .putObjects(
                        "index", inspection.index().stream().map(InspectionReport::json).toList())
                .putStrings("others", inspection.others())
                .putStrings("notes", inspection.notes())
                .putObjects("problems", json(inspection.problems()));
    }

    static List<JsonObject> json(List<Inspection.Problem> problems) {
        return problems.stream()
                .map(
                        problem -> {
                            JsonObject json = new JsonObject().put("what", problem.what());
                            json.put("file", problem.file());
                            return problem.offset() < 0
                                    ? json
                                    : json.put("offset", problem.offset());
                        })
                .toList();
    }

    private JsonObject json(ManifestFacts manifest) {
        return new JsonObject()
                .put("storeId", manifest.storeId())
                .putFlag("closed", manifest.closed() == Inspection.Closing.CLEAN)
                .put("durable", manifest.durable())
                .put("lastSequence", manifest.lastSequence())
                .put("incarnation", Long.toUnsignedString(manifest.incarnation(), 16))
                .put("indexed", manifest.indexed())
                .put("indexedSequence", manifest.indexedSequence())
                .putObjects(
                        "tables",
                        manifest.tables().stream()
                                .map(
                                        table ->
                                                new JsonObject()
                                                        .put("id", table.id())
                                                        .put("name", name(table.id()))
                                                        .put("order", order(table))
                                                        .put("records", table.records())
                                                        .put("bytes", table.bytes()))
                                .toList());
    }

    private JsonObject json(SegmentFacts segment) {
        return new JsonObject()
                .put("file", segment.file())
                .put("base", segment.base())
                .put("length", segment.length())
                .put("state", segment.state().name().toLowerCase(Locale.ROOT))
                .put("firstSequence", segment.firstSequence())
                .put("lastSequence", segment.lastSequence())
                .put("framesEnd", segment.framesEnd())
                .put("records", segment.records())
                .putObjects(
                        "tables",
                        segment.tables().stream()
                                .map(
                                        table ->
                                                new JsonObject()
                                                        .put("id", table.table())
                                                        .put("name", name(table.table()))
                                                        .put("records", table.records())
                                                        .put("bytes", table.bytes())
                                                        .put("minHeight", table.minHeight())
                                                        .put("maxHeight", table.maxHeight()))
                                .toList());
    }

    private static JsonObject json(IndexFacts file) {
        JsonObject json =
                new JsonObject()
                        .put("file", file.file())
                        .put("start", file.start())
                        .put("end", file.end())
                        .put("length", file.length())
                        .put("use", file.use().name().toLowerCase(Locale.ROOT));
        Inspection.RunFacts run = file.run();
        if (run != null) {
            json.put("entries", run.entries())
                    .put("tombstones", run.tombstones())
                    .put("entryWidth", run.entryWidth())
                    .put("entryPages", run.entryPages())
                    .put("filterBytes", run.filterBytes())
                    .put("segments", run.segments());
        }
        Inspection.HeightsFacts heights = file.heights();
        if (heights != null) {
            json.put("entries", heights.entries()).put("tables", heights.tables());
        }
        return json;
    }
}
