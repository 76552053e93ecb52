package dev.varve.cli;

import dev.varve.logstore.Residency;
import dev.varve.logstore.io.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** Tells how much of a store's files is in the page cache. */
@Command(
        name = "residency",
        description = "Tells how much of a store's files is in the system's page cache: of the log,"
                + " of the index and of filters. Opens no store and changes nothing.",
        footer = {
            "",
            "Asks Linux by mincore, for which Java needs --enable-native-access=dev.varve.logstore;"
                    + " ./varve gives it. Of a file that you neither own nor may write Linux does"
                    + " not tell.",
        })
final class ResidencyCommand extends StoreCommand {

    ResidencyCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        store().requireExisting();
        if (!Residency.isKnown()) {
            throw CommandException.failed(
                    "cannot tell what is in the page cache: that needs Linux, and Java with"
                            + " --enable-native-access=dev.varve.logstore");
        }
        List<Residency> files;
        try (FileStorage storage = new FileStorage(directory())) {
            files = Residency.of(storage);
        }
        files.forEach(file -> requireTold(directory().resolve(file.file())));
        if (isJson()) {
            out().println(json(files));
        } else {
            // The shards of a filter are 256 files, and told as one.
            files.stream()
                    .filter(file -> !InspectionReport.isShard(file.file()))
                    .forEach(file -> print(file.file(), file));
            for (Residency.Kind kind : Residency.Kind.values()) {
                print("all", total(files, kind));
            }
        }
        return ExitCode.OK;
    }

    /** The system calls everything resident of files that are none of the user's business. */
    private static void requireTold(Path file) {
        try {
            String user = ProcessHandle.current().info().user().orElse("");
            boolean told =
                    !Files.exists(file)
                            || Files.isWritable(file)
                            || Files.getOwner(file).getName().equals(user);
            if (!told) {
                throw CommandException.failed(
                        "cannot tell what of " + file + " is in the page cache: it is another's,"
                                + " and may not be written");
            }
        } catch (IOException e) {
            throw CommandException.failed(file + " cannot be looked at: " + e);
        }
    }

    private static Residency total(List<Residency> files, Residency.Kind kind) {
        List<Residency> some = files.stream().filter(file -> file.kind() == kind).toList();
        return new Residency(
                "",
                kind,
                some.stream().mapToLong(Residency::length).sum(),
                some.stream().mapToLong(Residency::residentBytes).sum());
    }

    private static String name(Residency.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private void print(String what, Residency file) {
        double percent = file.length() == 0 ? 0 : 100.0 * file.residentBytes() / file.length();
        out().println(
                String.format(
                        Locale.ROOT,
                        "%-6s  %5.1f %%  %d of %d bytes  %s",
                        name(file.kind()),
                        percent,
                        file.residentBytes(),
                        file.length(),
                        what));
    }

    private static JsonObject json(List<Residency> files) {
        JsonObject json =
                new JsonObject()
                        .putObjects(
                                "files",
                                files.stream()
                                        .map(file -> json(file).put("file", file.file()))
                                        .toList());
        for (Residency.Kind kind : Residency.Kind.values()) {
            json.put(name(kind), json(total(files, kind)));
        }
        return json;
    }

    private static JsonObject json(Residency file) {
        return new JsonObject()
                .put("kind", name(file.kind()))
                .put("length", file.length())
                .put("residentBytes", file.residentBytes());
    }
}
