package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.ManifestDescriptor;
import dev.varve.logstore.format.ManifestFileDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageFullException;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.run.RunRange;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CatalogTest {

    private static final int MOST_FILES =
            (int)
                    ((Manifest.MAX_LENGTH - ManifestEntries.end(2, 2))
                            / ManifestFileDescriptor.LENGTH);

    private final SimDisk disk = new SimDisk();

    private static Manifest manifest(int heightsFiles) {
        List<RunRange> heights = Collections.nCopies(heightsFiles, new RunRange(0, 1));
        return new Manifest(
                new Manifest.StoreId(1, 2),
                3,
                4,
                1,
                1,
                5,
                Manifest.State.IN_USE,
                new IndexedLog(1, 1, 0, List.of(), List.of(new RunRange(0, 1)), heights));
    }

    private Catalog catalog(Manifest manifest) {
        IndexView view = new IndexView(1, List.of(), List.of(), List.of());
        return new Catalog(disk, manifest, view, new TableRegistry(), ReadCheck.CHECKSUM);
    }

    @Test
    void shouldRefuseAManifestBeforeItIsTooLongToBeReadAgain() {
        try (Catalog last = catalog(manifest(MOST_FILES - 1))) {
            long length = last.nextManifestLength();
            assertTrue(length <= Manifest.MAX_LENGTH, () -> "length " + length);
        }
        try (Catalog full = catalog(manifest(MOST_FILES))) {
            StorageFullException e =
                    assertThrows(StorageFullException.class, full::nextManifestLength);
            assertTrue(e.getMessage().contains("too many segments"), e::getMessage);
        }
        // What would come of writing it all the same.
        int tooMany = (int) (Manifest.MAX_LENGTH / ManifestFileDescriptor.LENGTH);
        long written = manifest(tooMany).write(disk);
        long files = tooMany + 1L;
        assertEquals(
                ManifestDescriptor.LENGTH + files * ManifestFileDescriptor.LENGTH, written);
        CorruptionException e =
                assertThrows(CorruptionException.class, () -> Manifest.read(disk));
        assertTrue(e.getMessage().contains("not a manifest"), e::getMessage);
    }
}
