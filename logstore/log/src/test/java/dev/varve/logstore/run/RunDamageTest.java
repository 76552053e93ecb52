package dev.varve.logstore.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.HeightsHeaderDescriptor;
import dev.varve.logstore.format.LittleEndian;
import dev.varve.logstore.format.RunHeaderDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage to a run is named with file and offset, and is never "absent" nor anything else. */
final class RunDamageTest {

    private static final long PAGE = 4096;
    private static final int ENTRIES = 1_500;

    private final SimDisk disk = new SimDisk();
    private final PageCache cache = new PageCache(PageCache.MIN_BYTES);
    private final TwinRun twin = TwinRun.ofSegment(1L << 28);
    private final String name = twin.range().runName();

    @BeforeEach
    void write() {
        twin.addRandom(new Random(7), ENTRIES, (random, i) -> random.nextLong());
        twin.write(MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW));
        disk.forceDirectory();
    }

    @AfterEach
    void closeCache() {
        cache.close();
    }

    private List<RunFiles> accesses(Storage storage) {
        return List.of(
                MappedRuns.files(storage, TwinRun.HIGH, TwinRun.LOW),
                RunFiles.cached(storage, TwinRun.HIGH, TwinRun.LOW, cache));
    }

    private SimDisk copy() {
        return disk.crash(CrashModel.KEEP_ALL, 1);
    }

    /** Asks for everything; every answer is right, or a corruption within that page. */
    private int lookEverywhere(RunFiles files, long damagedPage) {
        int refused = 0;
        try (Run run = files.open(twin.range())) {
            for (TwinRun.Entry entry : twin.sorted()) {
                try {
                    long found = run.find(entry.hash(), entry.position() + 1);
                    assertEquals(entry.position(), found, () -> "page " + damagedPage);
                } catch (CorruptionException e) {
                    assertNames(e, name, damagedPage);
                    refused++;
                }
            }
            assertNames(assertThrows(CorruptionException.class, run::verify), name, damagedPage);
        } catch (CorruptionException e) {
            assertNames(e, name, damagedPage);
            return ENTRIES;
        }
        return refused;
    }

    private static void assertNames(StorageException e, String file, long page) {
        assertTrue(e.file().endsWith(file), e::getMessage);
        assertTrue(e.getMessage().contains(file), e::getMessage);
        // Of what is read as one piece, the header that holds its checksum is named.
        assertTrue(e.offset() / PAGE == page || e.offset() < PAGE, e::getMessage);
    }

    /** The pages: header, base positions, filter, entries in five, fence. */
    @Test
    void shouldNameTheDamageWhereverABitIsFlipped() {
        byte[] sound = TwinRun.contents(disk, name);
        assertEquals(9 * PAGE, sound.length);
        Random random = new Random(3);
        int[] refused = new int[9];
        for (int i = 0; i < 400; i++) {
            long bit = i < 100 ? 8 * PAGE * (i % 9) + i / 9 : random.nextInt(8 * sound.length);
            SimDisk damaged = copy();
            damaged.flipBit(name, bit);
            int page = (int) (bit / 8 / PAGE);
            for (RunFiles files : accesses(damaged)) {
                refused[page] += lookEverywhere(files, page);
            }
        }
        for (int page = 0; page < refused.length; page++) {
            assertTrue(refused[page] > 0, "no lookup met the damage of page " + page);
        }
    }

    @Test
    void shouldNameAFileThatWasCutOffOrGrew() {
        for (long length : new long[] {0, 1, 4095, 4096, 8192, 30_000, 9 * PAGE - 1}) {
            SimDisk damaged = copy();
            try (StorageFile file = damaged.open(name, Storage.Access.READ_WRITE)) {
                file.truncate(length);
            }
            assertRefused(damaged, CorruptionException.class);
        }
        SimDisk damaged = copy();
        overwrite(damaged, 9 * PAGE, new byte[1]);
        assertRefused(damaged, CorruptionException.class);
    }

    private void assertRefused(Storage storage, Class<? extends StorageException> expected) {
        for (RunFiles files : accesses(storage)) {
            StorageException e =
                    assertThrows(expected, () -> files.open(twin.range()).close());
            assertTrue(e.file().endsWith(name), e::getMessage);
        }
    }

    private void overwrite(SimDisk damaged, long offset, byte[] bytes) {
        try (StorageFile file = damaged.open(name, Storage.Access.READ_WRITE)) {
            file.write(MemorySegment.ofArray(bytes), offset);
        }
    }

    /** Sound pages in the wrong places, and those of another run of the same shape. */
    @Test
    void shouldNotTakeOnePageForAnother() {
        byte[] sound = TwinRun.contents(disk, name);
        TwinRun other = TwinRun.ofSegment(1L << 29);
        other.addRandom(new Random(7), ENTRIES, (random, i) -> random.nextLong());
        other.write(MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW));
        byte[] foreign = TwinRun.contents(disk, other.range().runName());
        assertEquals(sound.length, foreign.length);
        for (int page = 2; page < 8; page++) {
            SimDisk damaged = copy();
            overwrite(damaged, page * PAGE, page(foreign, page));
            for (RunFiles files : accesses(damaged)) {
                assertTrue(lookEverywhere(files, page) > 0, "page " + page);
            }
            damaged = copy();
            overwrite(damaged, page * PAGE, page(sound, page == 7 ? 3 : page + 1));
            for (RunFiles files : accesses(damaged)) {
                assertTrue(lookEverywhere(files, page) > 0, "page " + page);
            }
        }
    }

    private static byte[] page(byte[] file, int page) {
        return MemorySegment.ofArray(file)
                .asSlice(page * PAGE, PAGE)
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    @Test
    void shouldRefuseTheFileOfAnotherStoreOrRange() {
        RunFiles stranger = MappedRuns.files(disk, TwinRun.HIGH, TwinRun.LOW + 1);
        assertThrows(CorruptionException.class, () -> stranger.open(twin.range()).close());
        RunRange wrong = new RunRange(twin.range().start(), twin.range().end() + 16);
        disk.rename(name, wrong.runName());
        for (RunFiles files : accesses(disk)) {
            assertThrows(CorruptionException.class, () -> files.open(wrong).close());
            assertThrows(StorageException.class, () -> files.open(twin.range()).close());
        }
    }

    /** Numbers that a checksum covers, but that no writer writes: nothing is allocated for them. */
    @Test
    void shouldRefuseImpossibleNumbers() {
        int[] longs = {
            RunHeaderDescriptor.START_OFFSET,
            RunHeaderDescriptor.END_OFFSET,
            RunHeaderDescriptor.ENTRIES_OFFSET,
            RunHeaderDescriptor.TOMBSTONES_OFFSET,
            RunHeaderDescriptor.ENTRY_PAGES_OFFSET,
            RunHeaderDescriptor.FILTER_LINES_OFFSET
        };
        long[] values = {
            -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 62, 1L << 52, 1L << 51, 1L << 40
        };
        for (int field : longs) {
            for (long value : values) {
                refuseHeader(header -> header.set(LittleEndian.LONG, field, value));
            }
        }
        int[] ints = {
            RunHeaderDescriptor.ENTRY_WIDTH_OFFSET, RunHeaderDescriptor.SEGMENT_COUNT_OFFSET
        };
        for (int field : ints) {
            for (int value : new int[] {0, -1, 8, 12, 65_537, Integer.MAX_VALUE}) {
                refuseHeader(header -> header.set(LittleEndian.INT, field, value));
            }
        }
        refuseHeader(header -> header.set(LittleEndian.LONG, 0, HeightsHeaderDescriptor.MAGIC));
        SimDisk later = copy();
        forge(later, h -> h.set(LittleEndian.INT, RunHeaderDescriptor.VERSION_OFFSET, 2));
        assertRefused(later, FormatVersionException.class);
    }

    private void refuseHeader(Consumer<MemorySegment> change) {
        SimDisk damaged = copy();
        forge(damaged, change);
        assertRefused(damaged, CorruptionException.class);
    }

    /** Changes the header and makes its checksum right again. */
    private void forge(SimDisk damaged, Consumer<MemorySegment> change) {
        byte[] page = page(TwinRun.contents(damaged, name), 0);
        MemorySegment header = MemorySegment.ofArray(page);
        change.accept(header);
        header.set(LittleEndian.INT, RunHeaderDescriptor.CRC_OFFSET, 0);
        int crc = PageChecksum.of(header, 0, PAGE);
        header.set(LittleEndian.INT, RunHeaderDescriptor.CRC_OFFSET, crc);
        overwrite(damaged, 0, page);
    }

    /** A page that a checksum covers, with an entry that names a slot that is not there. */
    @Test
    void shouldNotReturnAPositionOutsideOfTheRange() {
        SimDisk damaged = copy();
        byte[] page = page(TwinRun.contents(damaged, name), 3);
        MemorySegment memory = MemorySegment.ofArray(page);
        EntryLayout layout = new EntryLayout(EntryLayout.MAX_WIDTH);
        long tag = layout.tag(memory, 24);
        layout.put(memory, 24, tag, 77L << 24 | 4096);
        new IndexFileIdentity(TwinRun.HIGH, TwinRun.LOW, twin.range(), name)
                .pageChecksum()
                .seal(memory, 0, 3);
        overwrite(damaged, 3 * PAGE, page);
        for (RunFiles files : accesses(damaged)) {
            try (Run run = files.open(twin.range())) {
                long hash = twin.sorted().getFirst().hash();
                assertThrows(CorruptionException.class, () -> run.find(hash, Long.MAX_VALUE));
                assertThrows(CorruptionException.class, run::verify);
            }
        }
    }

    /** Who meets a lost page is told of that, and not that the file's length is unknown. */
    @Test
    void shouldTellTheLostPageWhenTheLengthCannotBeTold() {
        InternalError lost = new InternalError("simulated");
        AtomicBoolean failing = new AtomicBoolean();
        Storage storage =
                new ForwardingStorage(copy()) {
                    @Override
                    protected StorageFile wrap(StorageFile file) {
                        return new ForwardingFile(file) {
                            @Override
                            public long length() {
                                if (failing.get()) {
                                    throw new StorageException("no length", name(), 0, null);
                                }
                                return super.length();
                            }
                        };
                    }
                };
        try (Run run =
                MappedRuns.files(storage, TwinRun.HIGH, TwinRun.LOW).open(twin.range())) {
            failing.set(true);
            assertNull(run.cutOff(lost));
            assertEquals(1, lost.getSuppressed().length);
        }
    }

    /** A read that fails is no answer, and the next one that succeeds is right. */
    @Test
    void shouldPassOnReadsThatFail() {
        for (long read = 1; read <= 12; read++) {
            SimDisk failing = copy();
            failing.failReadAt(read);
            int failures = 0;
            RunFiles files = accesses(failing).getLast();
            try (Run run = files.open(twin.range())) {
                for (TwinRun.Entry entry : twin.sorted()) {
                    try {
                        long found = run.find(entry.hash(), Long.MAX_VALUE);
                        assertEquals(entry.position(), found);
                    } catch (StorageException e) {
                        failures++;
                    }
                }
            } catch (StorageException e) {
                failures++;
            }
            assertEquals(failing.readCalls() >= read ? 1 : 0, failures, "read " + read);
        }
    }
}
