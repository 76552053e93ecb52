package dev.varve.jmh.medium;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.varve.jmh.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MemoryGroupTest {

    private static final long LIMIT = 128 << 20;

    private static MemoryGroup join() {
        try {
            return MemoryGroup.join(LIMIT);
        } catch (UsageException e) {
            return abort(e.getMessage());
        }
    }

    private static String groups() throws IOException {
        return Files.readString(Path.of("/proc/self/cgroup"));
    }

    /** Twice: nothing of the first is in the way of the second. */
    @Test
    void shouldBoundThePageCacheAndGoBackToWhereItCameFrom(@TempDir Path folder)
            throws IOException {
        String before = Files.exists(Path.of("/proc/self/cgroup")) ? groups() : "";
        for (int i = 0; i < 2; i++) {
            try (MemoryGroup group = join()) {
                assertNotEquals(before, groups());
                Path file = folder.resolve("file");
                byte[] piece = new byte[1 << 20];
                try (OutputStream out = Files.newOutputStream(file)) {
                    for (long written = 0; written < 2 * LIMIT; written += piece.length) {
                        out.write(piece);
                    }
                }
                PageCache.load(folder, "");
                long used = group.usedBytes();
                assertTrue(used > LIMIT / 2 && used <= LIMIT, used + " of " + LIMIT);
            }
            assertEquals(before, groups());
        }
    }
}
