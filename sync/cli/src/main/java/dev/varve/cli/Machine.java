package dev.varve.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Java and the system tell about themselves. Stateless; what cannot be told is "unknown". */
final class Machine {

    private static final String UNKNOWN = "unknown";

    /** Key of the page size in the vector that Linux gives every process (getauxval(3)). */
    private static final long AUXV_PAGE_SIZE = 6;

    private Machine() {}

    /** Bytes of memory that the machine has. */
    static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    static void describe(Facts facts) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        OperatingSystemMXBean system =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        String machine = runtime.getVmName() + ", " + runtime.getVmVendor();
        boolean nativeAccess = Machine.class.getModule().isNativeAccessEnabled();
        facts.add("java", Runtime.version() + ", " + machine)
                .add("javaFlags", String.join(" ", runtime.getInputArguments()))
                .add("nativeAccess", nativeAccess ? "yes" : "no")
                .add(
                        "system",
                        system.getName() + " " + system.getVersion() + ", " + system.getArch())
                .add("cores", Runtime.getRuntime().availableProcessors())
                .add("memoryBytes", memoryBytes())
                .add("heapBytes", Runtime.getRuntime().maxMemory())
                .add("pageBytes", pageBytes());
    }

    private static String pageBytes() {
        try {
            ByteBuffer vector =
                    ByteBuffer.wrap(Files.readAllBytes(Path.of("/proc/self/auxv")))
                            .order(ByteOrder.nativeOrder());
            while (vector.remaining() >= 2 * Long.BYTES) {
                long key = vector.getLong();
                long value = vector.getLong();
                if (key == AUXV_PAGE_SIZE) {
                    return Long.toString(value);
                }
            }
        } catch (IOException e) {
            return UNKNOWN; // not a Linux
        }
        return UNKNOWN;
    }

    /**
     * Whether the disk below a directory says that it turns, which many virtual ones say falsely.
     */
    static String rotational(Path directory) {
        try {
            long device = (long) Files.getAttribute(directory, "unix:dev");
            // As the C library packs them: 12 and 20 bits low, the rest high.
            long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
            long minor = device & 0xff | device >>> 12 & ~0xffL;
            String name = Files.getFileStore(directory).name();
            return rotational(Path.of("/sys"), major + ":" + minor, Path.of(name));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return UNKNOWN; // not a Linux, or no disk of its own: memory, network, layers
        }
    }

    /**
     * What Linux tells below {@code system} of a device that it knows by its numbers. A file system
     * that may be on several disks, as btrfs, has numbers that are of none: then by the one that
     * was mounted.
     */
    static String rotational(Path system, String numbers, Path mounted) throws IOException {
        Path device = system.resolve("dev/block").resolve(numbers);
        if (!Files.exists(device)) {
            if (!mounted.isAbsolute()) {
                return UNKNOWN;
            }
            String name = mounted.toRealPath().toFile().getName();
            device = system.resolve("class/block").resolve(name);
        }
        Path block = device.toRealPath();
        Path disk = Files.exists(block.resolve("partition")) ? block.resolve("..") : block;
        return Files.readString(disk.resolve("queue/rotational")).strip().equals("1")
                ? "yes"
                : "no";
    }
}
