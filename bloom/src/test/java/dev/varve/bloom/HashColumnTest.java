package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.FlakyStorage;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class HashColumnTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 0x0123L, 0x45L);

    /** Two parts, of which the second is not full. */
    private static final int IDS = HashColumnPartDescriptor.CAPACITY + 1_000;

    private static void write(Storage disk, int ids) {
        SplittableRandom random = new SplittableRandom(1);
        try (HashColumnWriter writer =
                new HashColumnWriter(disk, HASH, 16, 4_096, BandwidthBudget.unlimited())) {
            for (int i = 0; i < ids; i++) {
                writer.put(random.nextLong(), random.nextLong());
            }
            writer.finish();
        }
    }

    /** What the column should hand over: part by part, shard by shard, else in order. */
    private static List<Long> expected(int ids, int first, int end) {
        SplittableRandom random = new SplittableRandom(1);
        List<Long> all = new ArrayList<>();
        for (int from = 0; from < ids; from += HashColumnPartDescriptor.CAPACITY) {
            List<List<Long>> shards = new ArrayList<>();
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                shards.add(new ArrayList<>());
            }
            for (int i = from; i < Math.min(ids, from + HashColumnPartDescriptor.CAPACITY); i++) {
                long high = random.nextLong();
                shards.get(BloomGeometry.shard(high)).addAll(List.of(high, random.nextLong()));
            }
            shards.subList(first, end).forEach(all::addAll);
        }
        return all;
    }

    private static List<Long> read(SimDisk disk, int first, int end) {
        List<Long> found = new ArrayList<>();
        HashColumn column = HashColumn.list(disk).getFirst();
        IdBatch batch = new IdBatch(HASH, 777);
        assertTrue(
                column.read(
                        batch,
                        first,
                        end,
                        full -> {
                            for (int i = 0; i < full.size(); i++) {
                                found.addAll(List.of(full.high(i), full.low(i)));
                            }
                            return true;
                        }));
        return found;
    }

    @Test
    void shouldHandOverTheHashesOfEveryRangeOfShards() {
        SimDisk disk = new SimDisk();
        write(disk, IDS);
        int[][] ranges = {{0, 256}, {0, 1}, {255, 256}, {17, 90}};
        for (int[] range : ranges) {
            assertEquals(expected(IDS, range[0], range[1]), read(disk, range[0], range[1]));
        }
        HashColumn column = HashColumn.list(disk).getFirst();
        assertEquals(HashColumnDescriptor.fileLength(IDS), column.fileLength());
        column.delete();
        assertEquals(List.of(), HashColumn.list(disk));
    }

    @Test
    void shouldBeEmptyWhereNoIdWasAdded() {
        SimDisk disk = new SimDisk();
        write(disk, 0);
        assertEquals(List.of(), read(disk, 0, 256));
    }

    /** What is left of it would take the space that the log needs. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldLeaveNothingThatTakesSpaceWhenACallFails(Fault fault) {
        FlakyStorage storage = new FlakyStorage(new SimDisk(), name -> true);
        // Creating it, or opening and emptying what is left of it; two parts, the header and its
        // force, renaming.
        for (int call = 1; call <= (isLeft(storage) ? 8 : 7); call++) {
            storage.failAt(storage.calls() + call, fault);
            assertThrows(StorageException.class, () -> write(storage, IDS), "call " + call);
            assertEquals(0, storage.openFiles(), "call " + call);
            // A rename that was done and reported as failed leaves the column.
            for (String name : storage.disk().list()) {
                if (name.endsWith(".tmp")) {
                    assertEquals(0, lengthOf(storage, name), "call " + call);
                }
            }
        }
        write(storage, IDS);
        assertEquals(expected(IDS, 0, 256), read(storage.disk(), 0, 256));
        assertEquals(1, storage.list().size());
    }

    private static boolean isLeft(FlakyStorage storage) {
        return storage.disk().list().stream().anyMatch(name -> name.endsWith(".tmp"));
    }

    private static long lengthOf(Storage storage, String name) {
        try (StorageFile file = storage.open(name, Access.READ)) {
            return file.length();
        }
    }

    /** Whoever goes from one to the next would not come to an end. */
    @Test
    void shouldNotListWhatCannotBeAColumn() {
        SimDisk disk = new SimDisk();
        disk.create(HashColumnDescriptor.fileName(0, 0)).close();
        disk.create(HashColumnDescriptor.fileName(100, 50)).close();
        disk.create(HashColumnDescriptor.fileName(50, 100)).close();
        disk.create("bloom-00000000000000000000-09999999999999999999.hashes").close();
        assertEquals(List.of(new HashColumn(disk, 50, 100)), HashColumn.list(disk));
    }

    @Test
    void shouldStopWhenAskedTo() {
        SimDisk disk = new SimDisk();
        write(disk, 5_000);
        IdBatch batch = new IdBatch(HASH, 1_000);
        int[] batches = new int[1];
        HashColumn column = HashColumn.list(disk).getFirst();
        assertFalse(column.read(batch, 0, 256, full -> ++batches[0] < 2));
        assertEquals(2, batches[0]);
    }

    @Test
    void shouldSayThatItIsDamagedWhereverAByteIsChanged() {
        SimDisk disk = new SimDisk();
        write(disk, 100);
        String name = HashColumn.list(disk).getFirst().fileName();
        long length = HashColumnDescriptor.fileLength(100);
        for (long at = 0; at < length; at++) {
            change(disk, name, at);
            assertThrows(CorruptionException.class, () -> read(disk, 0, 256), "byte " + at);
            change(disk, name, at);
        }
        assertEquals(expected(100, 0, 256), read(disk, 0, 256));
        try (StorageFile file = disk.open(name, Access.READ_WRITE)) {
            file.truncate(length - 1);
        }
        assertThrows(CorruptionException.class, () -> read(disk, 0, 256));
    }

    private static void change(SimDisk disk, String name, long at) {
        MemorySegment one = MemorySegment.ofArray(new byte[1]);
        try (StorageFile file = disk.open(name, Access.READ_WRITE)) {
            file.read(one, at);
            byte[] changed = {(byte) (one.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0) ^ 4)};
            file.write(MemorySegment.ofArray(changed), at);
        }
    }

    @Test
    void shouldRefuseTheColumnOfAnotherFilter() {
        SimDisk disk = new SimDisk();
        write(disk, 10);
        IdBatch other = new IdBatch(IdHash.create(IdHashAlgorithm.FOLDED, 1, 1), 10);
        HashColumn column = HashColumn.list(disk).getFirst();
        assertThrows(
                CorruptionException.class, () -> column.read(other, 0, 256, batch -> true));
    }

    /** The very bytes of header and part: a change of them is a new format version. */
    @Test
    void shouldWriteTheGoldenBytes() {
        SimDisk disk = new SimDisk();
        try (HashColumnWriter writer =
                new HashColumnWriter(disk, HASH, 16, 4_096, BandwidthBudget.unlimited())) {
            writer.put(0xff00_0000_0000_0001L, 2);
            writer.put(3, 4);
            writer.finish();
        }
        HashColumn column = HashColumn.list(disk).getFirst();
        byte[] bytes = new byte[Math.toIntExact(column.fileLength())];
        try (StorageFile file = disk.open(column.fileName(), Access.READ)) {
            assertEquals(bytes.length, file.read(MemorySegment.ofArray(bytes), 0));
        }
        HexFormat hex = HexFormat.of();
        assertEquals(
                "5641525645424c48" + "01000000" + "58c763db"
                        + "1000000000000000" + "0010000000000000"
                        + "faff40033d00ff92" + "0200000000000000",
                hex.formatHex(bytes, 0, HashColumnDescriptor.LENGTH));
        int part = HashColumnDescriptor.LENGTH;
        assertEquals(
                "0a09a218" + "00000000" + "1000000000000000" + "02000000"
                        + "01000000" + "74789570",
                hex.formatHex(bytes, part, part + 28));
        int hashes = part + HashColumnPartDescriptor.LENGTH;
        assertEquals(
                "03000000000000000400000000000000" + "01000000000000ff0200000000000000",
                hex.formatHex(bytes, hashes, bytes.length));
    }

    @Test
    void shouldBeWholeOrNotThereWhenThePowerFails() {
        SimDisk whole = new SimDisk();
        write(whole, IDS);
        for (long call = 1; call <= whole.calls() + 1; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            boolean written = false;
            try {
                write(disk, IDS);
                written = true;
            } catch (SimPowerCut e) {
                assertTrue(e.getMessage() != null);
            }
            for (CrashModel model : CrashModel.values()) {
                SimDisk found = disk.crash(model, call);
                boolean there = !HashColumn.list(found).isEmpty();
                assertTrue(there || !written, "call " + call + ", " + model);
                if (there) {
                    assertEquals(expected(IDS, 40, 41), read(found, 40, 41));
                }
            }
        }
    }

    /**
     * A column that was cut short, by the power or a full disk, is written again, and the power
     * fails: what was left of the first must not get the name.
     */
    @Test
    void shouldBeWholeOrNotThereWhenThePowerFailsAgain() {
        int ids = 1_000;
        SimDisk whole = new SimDisk();
        write(whole, ids);
        int there = 0;
        for (long first = 1; first <= whole.calls(); first++) {
            SimDisk cut = new SimDisk();
            cut.crashAt(first);
            assertThrows(SimPowerCut.class, () -> write(cut, ids));
            for (long second = 2; second <= whole.calls(); second++) {
                there += columnsBehind(cut.crash(CrashModel.KEEP_ALL, first), second, ids);
                there += columnsBehind(cut.crash(CrashModel.TORN, first), second, ids);
                SimDisk full = new SimDisk();
                full.failAt(first, Fault.FULL);
                assertThrows(StorageException.class, () -> write(full, ids));
                there += columnsBehind(full, second, ids);
            }
        }
        assertTrue(there > 10, "columns: " + there);
    }

    /** How often a column is there after a power cut at a call of writing it. */
    private static int columnsBehind(SimDisk disk, long call, int ids) {
        disk.crashAt(disk.calls() + call);
        assertThrows(SimPowerCut.class, () -> write(disk, ids));
        int there = 0;
        for (long seed = 0; seed < 16; seed++) {
            SimDisk found = disk.crash(CrashModel.DIR_REORDER, seed);
            if (!HashColumn.list(found).isEmpty()) {
                there++;
                assertEquals(
                        expected(ids, 0, 256),
                        read(found, 0, 256),
                        () -> "call " + call + ", " + found.list());
            }
        }
        return there;
    }
}
