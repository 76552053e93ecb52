package dev.varve.cli;

import dev.varve.logstore.Inspection;
import dev.varve.logstore.Inspector;
import dev.varve.logstore.LogRecord;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what is in a store's files, without opening the store. */
@Command(
        name = "inspect",
        description = "Tells what is in a store's files: manifest, segments, runs; the frames of"
                + " one segment, or one record. Opens nothing for writing, takes no lock and"
                + " changes nothing: it works on a damaged store, and beside the process that has"
                + " it open.",
        footer = {
            "",
            "What is damaged or missing is named with file and offset, and makes the exit code 3."
                    + " Frames of sealed segments and pages of the index are read only by"
                    + " --segment and by 'varve verify'.",
        })
final class InspectCommand extends StoreCommand {

    private static final String LOCK_FILE = "LOCK";
    private static final int SHOWN_BYTES = 1_024;

    @ArgGroup(exclusive = true)
    private @Nullable Part part;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "List at most N frames; 1000 if not given.")
    private long limit = 1_000;

    /** What is looked at instead of the whole. */
    static final class Part {

        @Option(
                names = "--segment",
                paramLabel = "BASE",
                description = "List the frames of the segment with this base position, which is its"
                        + " file's name.")
        private @Nullable Long segment;

        @Option(
                names = "--position",
                paramLabel = "P",
                description = "Print the record that holds this position of the log.")
        private @Nullable Long position;
    }

    InspectCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        store().requireExisting();
        if (limit < 0) {
            throw CommandException.usage("--limit is 0 or more, not " + limit);
        }
        try (Inspector inspector = Inspector.at(directory())) {
            if (part == null) {
                return inspect(inspector.inspect());
            }
            return part.segment == null
                    ? record(inspector, part.position == null ? -1 : part.position)
                    : frames(inspector, part.segment);
        } catch (IllegalArgumentException e) {
            throw CommandException.failed(directory() + ": " + e.getMessage());
        }
    }

    private int inspect(Inspection inspection) {
        InspectionReport report = new InspectionReport(inspection, owner());
        if (isJson()) {
            out().println(withError(report.json(), inspection.problems()));
        } else {
            report.print(out());
        }
        return exitCode(inspection.problems());
    }

    /** The process that the lock file names, if it runs. Read by a process that holds no lock. */
    private @Nullable Long owner() {
        Path file = directory().resolve(LOCK_FILE);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            String pid = Files.readString(file, StandardCharsets.US_ASCII).strip();
            return pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isPresent()
                    ? Long.valueOf(pid)
                    : null;
        } catch (IOException e) {
            return null; // of another user: nobody can tell
        }
    }

    private int frames(Inspector inspector, long base) {
        List<Inspection.Frame> listed = new ArrayList<>();
        List<Inspection.Problem> problems = new ArrayList<>();
        long[] totals = {0, 0, 0};
        inspector.frames(
                base,
                frame -> {
                    totals[0]++;
                    totals[1] += frame.records();
                    totals[2] += frame.length();
                    if (listed.size() < limit) {
                        listed.add(frame);
                    }
                },
                problems::add);
        if (isJson()) {
            JsonObject json =
                    new JsonObject()
                            .put("segment", base)
                            .put("frames", totals[0])
                            .put("records", totals[1])
                            .put("bytes", totals[2])
                            .putObjects(
                                    "listed", listed.stream().map(InspectCommand::json).toList())
                            .putObjects("problems", InspectionReport.json(problems));
            out().println(withError(json, problems));
        } else {
            listed.forEach(frame -> out().println(line(frame)));
            problems.forEach(problem -> out().println("damaged: " + problem.what()));
            out().println(
                    totals[0] + " frames, " + totals[1] + " records, " + totals[2] + " bytes"
                            + (listed.size() < totals[0] ? "; " + listed.size() + " listed" : ""));
        }
        return exitCode(problems);
    }

    private static String line(Inspection.Frame frame) {
        return String.format(
                Locale.ROOT,
                "frame %d at position %d (offset %d): %d records, %d bytes, commit ok%s",
                frame.sequence(),
                frame.position(),
                frame.offset(),
                frame.records(),
                frame.length(),
                frame.chain() == Inspection.FrameChain.WHOLE ? "" : ", first behind damage");
    }

    private static JsonObject json(Inspection.Frame frame) {
        return new JsonObject()
                .put("sequence", frame.sequence())
                .put("position", frame.position())
                .put("offset", frame.offset())
                .put("records", frame.records())
                .put("bytes", frame.length())
                .put("durable", frame.durable())
                .put("incarnation", Long.toUnsignedString(frame.incarnation(), 16))
                .putFlag("commitOk", true)
                .putFlag("chainOk", frame.chain() == Inspection.FrameChain.WHOLE);
    }

    private int record(Inspector inspector, long position) {
        Facts facts = new Facts();
        Inspection.Frame frame = inspector.record(position, record -> describe(record, facts));
        if (frame == null) {
            facts.add("frame", "damaged");
        } else {
            facts.add("frame", frame.sequence()).add("framePosition", frame.position());
        }
        if (isJson()) {
            out().println(facts.json());
        } else {
            facts.print(out());
        }
        return ExitCode.OK;
    }

    private static void describe(LogRecord record, Facts facts) {
        byte[] value =
                record.value()
                        .asSlice(0, Math.min(SHOWN_BYTES, record.valueLength()))
                        .toArray(ValueLayout.JAVA_BYTE);
        facts.add("position", record.position())
                .add("table", record.table())
                .add("kind", record.kind().name().toLowerCase(Locale.ROOT))
                .add("height", record.height())
                .add("key", HexFormat.of().formatHex(record.key().toArray(ValueLayout.JAVA_BYTE)))
                .add("valueLength", record.valueLength())
                .add(
                        record.valueLength() > SHOWN_BYTES ? "valueBegins" : "value",
                        HexFormat.of().formatHex(value));
    }

    private JsonObject withError(JsonObject json, List<Inspection.Problem> problems) {
        return problems.isEmpty() ? json : json.put("error", error(problems));
    }

    private int exitCode(List<Inspection.Problem> problems) {
        if (problems.isEmpty()) {
            return ExitCode.OK;
        }
        surroundings().err().println("varve: " + error(problems));
        return ExitCode.CORRUPTION;
    }

    private String error(List<Inspection.Problem> problems) {
        String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
        return directory() + ": " + count + ", the first is: " + problems.getFirst().what();
    }
}
