package dev.varve.jmh;

import dev.varve.jmh.medium.MediumProbe;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Where something was measured. Without it a figure says nothing.
 *
 * @param cpu the processor's name, and how many of them this process may use
 * @param kernel name and version of the operating system
 * @param jdk version and vendor of the Java that runs
 * @param load average of runnable processes over the last minute, or negative if unknown
 * @param fileSystem of the folder that was used
 * @param medium what is below it, as measured, or why it could not be
 */
public record Machine(
        String cpu,
        String kernel,
        String jdk,
        double load,
        long memoryBytes,
        String fileSystem,
        String medium) {

    private static final long UNKNOWN_MEMORY = 0;

    /**
     * The machine that this runs on, and the medium that holds {@code folder}, which is used for a
     * third of a second to find out what it is.
     */
    public static Machine of(Path folder) {
        var system = ManagementFactory.getOperatingSystemMXBean();
        var runtime = ManagementFactory.getRuntimeMXBean();
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name", system.getArch())
                        + " x " + system.getAvailableProcessors(),
                system.getName() + ' ' + system.getVersion(),
                Runtime.version() + " " + runtime.getVmVendor(),
                system.getSystemLoadAverage(),
                kibibytes(field(Path.of("/proc/meminfo"), "MemTotal", "0 kB")),
                fileSystem(folder),
                medium(folder));
    }

    /** What could be had without swapping, or 0 where the system does not tell. */
    static long availableMemory() {
        return kibibytes(field(Path.of("/proc/meminfo"), "MemAvailable", "0 kB"));
    }

    private static long kibibytes(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        return digits.isEmpty() ? UNKNOWN_MEMORY : Long.parseLong(digits) << 10;
    }

    private static String field(Path file, String name, String otherwise) {
        if (!Files.isReadable(file)) {
            return otherwise;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            return lines.stream()
                    .filter(line -> line.startsWith(name) && line.contains(":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }

    private static String medium(Path folder) {
        try {
            return MediumProbe.brief(folder).toString();
        } catch (IOException e) {
            return "unknown: " + e;
        }
    }

    private static String fileSystem(Path folder) {
        try {
            FileStore store = Files.getFileStore(folder);
            return store.type() + " on " + store.name();
        } catch (IOException e) {
            return "unknown: " + e;
        }
    }

    /** This as one JSON object. */
    public String json() {
        return "{\"cpu\": " + ResultsJson.quoted(cpu)
                + ", \"kernel\": " + ResultsJson.quoted(kernel)
                + ", \"jdk\": " + ResultsJson.quoted(jdk)
                + ", \"load\": " + ResultsJson.number(load)
                + ", \"memoryBytes\": " + memoryBytes
                + ", \"fileSystem\": " + ResultsJson.quoted(fileSystem)
                + ", \"medium\": " + ResultsJson.quoted(medium)
                + "}";
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, %s, JDK %s, load %.1f, %s, %s",
                cpu, kernel, jdk, load, fileSystem, medium);
    }
}
