package dev.varve.jmh.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The counters that Linux keeps of the device below a folder: those of all processes together. */
final class BlockDevice {

    private static final int SECTOR_BYTES = 512;
    private static final int READS_FIELD = 0;
    private static final int SECTORS_READ_FIELD = 2;

    private final Path stat;

    private BlockDevice(Path stat) {
        this.stat = stat;
    }

    /** The device of a folder, or null where the system does not tell. */
    static @Nullable BlockDevice of(Path folder) {
        try {
            long device = (Long) Files.getAttribute(folder, "unix:dev");
            long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
            long minor = device & 0xff | device >>> 12 & ~0xffL;
            Path stat = Path.of("/sys/dev/block", major + ":" + minor, "stat");
            return Files.isReadable(stat) ? new BlockDevice(stat) : null;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }

    /** What was read so far. */
    Reads reads() {
        try {
            String[] fields = Files.readString(stat).strip().split(" +", -1);
            return new Reads(
                    Long.parseLong(fields[READS_FIELD]),
                    SECTOR_BYTES * Long.parseLong(fields[SECTORS_READ_FIELD]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Requests and bytes that came from the device.
     *
     * @param calls requests, those for neighbouring pages merged into one
     */
    record Reads(long calls, long bytes) {

        Reads since(Reads earlier) {
            return new Reads(calls - earlier.calls, bytes - earlier.bytes);
        }
    }
}
