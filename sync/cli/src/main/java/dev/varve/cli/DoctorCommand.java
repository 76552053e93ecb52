package dev.varve.cli;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.io.StorageException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;

/** Tells what the machine is like where a store would live; opens no store. */
@Command(
        name = "doctor",
        description = "Tells what a store has to live with: Java, the machine, and the disk, by a"
                + " short measurement.",
        footer = {
            "",
            "Writes a file of 16 MiB beside the store, reads it, and removes it. Where the page"
                    + " cache cannot be passed by, reads are called cached and say nothing about"
                    + " the disk.",
        })
final class DoctorCommand extends StoreCommand {

    DoctorCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        Facts facts = new Facts();
        Machine.describe(facts);
        Path place = place();
        try {
            describeDisk(facts, place);
        } catch (IOException e) {
            throw new CommandException(
                    new Failure(
                            ExitCode.FAILED,
                            "the disk of " + place + " cannot be looked at: "
                                    + StorageException.reason(e),
                            Failure.Place.file(place.toString(), -1)));
        }
        facts.add("storeFormat", LogStore.FORMAT_VERSION);
        if (isJson()) {
            out().println(facts.json());
        } else {
            facts.print(out());
        }
        return ExitCode.OK;
    }

    /** The store's directory, or the nearest one above it that exists. */
    private Path place() {
        Path place = directory().toAbsolutePath().normalize();
        while (!Files.isDirectory(place) && place.getParent() != null) {
            place = place.getParent();
        }
        return place;
    }

    private void describeDisk(Facts facts, Path place) throws IOException {
        FileStore disk = Files.getFileStore(place);
        facts.add("store", directory().toString())
                .add("storeExists", LogStore.exists(directory()) ? "yes" : "no")
                .add("fileSystem", disk.type() + " on " + disk.name())
                .add("totalBytes", disk.getTotalSpace())
                .add("usableBytes", disk.getUsableSpace())
                .add("rotational", Machine.rotational(place));
        DiskProbe.Result probe = DiskProbe.measure(place);
        facts.add("probeWriteMiBPerSecond", probe.writeMiBPerSecond())
                .add("probeForceUs", probe.forceUs())
                .add("probeReads", probe.isDirect() ? "from the disk" : "cached")
                .add("probeReadMiBPerSecond", probe.readMiBPerSecond())
                .add("probeRandomReadUs", probe.randomReadUs())
                .add("probeSlowestReadUs", probe.slowestReadUs());
    }
}
