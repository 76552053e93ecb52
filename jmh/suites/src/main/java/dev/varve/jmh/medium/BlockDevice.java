package dev.varve.jmh.medium;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The device below a folder as Linux tells of it; its counters are those of all processes together.
 * For any thread.
 */
public final class BlockDevice {

    private static final int SECTOR_BYTES = 512;
    private static final int READS_FIELD = 0;
    private static final int SECTORS_READ_FIELD = 2;
    private static final int SECTORS_WRITTEN_FIELD = 6;

    private final Path device;

    private BlockDevice(Path device) {
        this.device = device;
    }

    /** The device of a folder, or null where the system does not tell. */
    public static @Nullable BlockDevice of(Path folder) {
        try {
            long device = (Long) Files.getAttribute(folder, "unix:dev");
            long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
            long minor = device & 0xff | device >>> 12 & ~0xffL;
            Path link = Path.of("/sys/dev/block", major + ":" + minor);
            return Files.isReadable(link.resolve("stat"))
                    ? new BlockDevice(link.toRealPath())
                    : null;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether the device is said to turn, for people. It may be said wrongly. */
    String declared() {
        Path own = device.resolve("queue/rotational");
        // A partition has no queue but that of its disk.
        Path queue = Files.exists(own) ? own : device.resolveSibling("queue/rotational");
        try {
            return Files.readString(queue).strip().equals("1")
                    ? "declared rotational"
                    : "declared not rotational";
        } catch (IOException e) {
            return "nothing is declared";
        }
    }

    /** What was read so far. */
    public Reads reads() {
        String[] fields = fields();
        return new Reads(
                Long.parseLong(fields[READS_FIELD]),
                SECTOR_BYTES * Long.parseLong(fields[SECTORS_READ_FIELD]));
    }

    /** Bytes written so far. */
    public long bytesWritten() {
        return SECTOR_BYTES * Long.parseLong(fields()[SECTORS_WRITTEN_FIELD]);
    }

    private String[] fields() {
        try {
            return Files.readString(device.resolve("stat")).strip().split(" +", -1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Requests and bytes that came from the device.
     *
     * @param calls requests, those for neighbouring pages merged into one
     */
    public record Reads(long calls, long bytes) {

        public Reads since(Reads earlier) {
            return new Reads(calls - earlier.calls, bytes - earlier.bytes);
        }
    }
}
