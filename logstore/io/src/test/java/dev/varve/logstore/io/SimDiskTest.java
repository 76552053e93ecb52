package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.sim.CountingStorage;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.IoCounts;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import dev.varve.logstore.io.sim.SpaceModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulated disk as a storage, and its planned faults; its power cuts are tested apart. */
final class SimDiskTest extends StorageContract {

    @Override
    Storage emptyStorage() {
        return new SimDisk();
    }

    @Test
    void shouldRejectMemoryOfAConfinedArena() {
        try (Arena arena = Arena.ofConfined();
                StorageFile file = new SimDisk().create("a")) {
            MemorySegment confined = arena.allocate(8);
            assertThrows(IllegalArgumentException.class, () -> file.write(confined, 0));
            assertThrows(IllegalArgumentException.class, () -> file.read(confined, 0));
        }
    }

    // ---- power cuts at a call

    @Test
    void shouldDoNothingFromThePowerCutOn() {
        for (int call = 1; call <= 8; call++) {
            SimDisk disk = new SimDisk();
            disk.crashAt(call);
            if (call == 8) {
                script(disk);
                assertEquals(7, disk.calls());
                continue;
            }
            assertThrows(SimPowerCut.class, () -> script(disk));
            assertEquals(call - 1, disk.calls());
            assertThrows(SimPowerCut.class, disk::list);
            assertThrows(SimPowerCut.class, () -> disk.open("a", Access.READ));
            assertThrows(SimPowerCut.class, () -> disk.lock("lock"));
            SimDisk after = disk.crash(CrashModel.KEEP_ALL, 0);
            assertEquals(call > 1 && call <= 5, after.exists("a"));
            assertEquals(call > 5 && call <= 6, after.exists("b"));
            if (call > 1 && call <= 6) {
                int length = call == 2 ? 0 : call < 5 ? 10 : 4;
                assertEquals(length, Contents.of(after, call <= 5 ? "a" : "b").length);
            }
        }
    }

    /** Makes one call of each kind that has a number. */
    private static void script(SimDisk disk) {
        try (StorageFile file = disk.create("a")) { // 1
            file.write(Contents.filled(10, 1), 0); // 2
            file.force(); // 3
            file.truncate(4); // 4
            disk.rename("a", "b"); // 5
            disk.delete("b"); // 6
            disk.forceDirectory(); // 7
        }
    }

    @Test
    void shouldNotCountReadsAmongTheCalls() {
        SimDisk disk = new SimDisk();
        script(disk);
        StorageFile file = disk.create("c");
        assertEquals(8, disk.calls());
        file.read(Contents.filled(1, 0), 0);
        file.length();
        disk.open("c", Access.READ).close();
        assertEquals(8, disk.calls());
        assertEquals(1, disk.readCalls());
    }

    @Test
    void shouldKeepUnforcedBytesAcrossARestart() {
        SimDisk first = new SimDisk();
        first.lock("lock");
        StorageFile file = first.create("a");
        file.write(Contents.filled(10, 1), 0);
        SimDisk second = first.restart();
        assertThrows(SimPowerCut.class, () -> file.read(Contents.filled(1, 0), 0));
        assertThrows(SimPowerCut.class, first::list);
        file.close();
        first.close();
        second.lock("lock");
        assertEquals(10, Contents.of(second, "a").length);
        assertFalse(second.crash(CrashModel.LOSE_ALL, 0).exists("a"), "still nothing is forced");
        assertEquals(0, second.calls());
    }

    // ---- faults

    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldFailEachCallOnce(Fault fault) {
        for (int call = 1; call <= 7; call++) {
            SimDisk disk = new SimDisk();
            disk.failAt(call, fault);
            assertThrows(StorageException.class, () -> script(disk));
            assertEquals(call, disk.calls());
            disk.create("after").close();
        }
    }

    @Test
    void shouldFailFromACallOn() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        disk.failFrom(3, Fault.EIO);
        file.write(Contents.filled(1, 1), 0);
        for (int i = 0; i < 3; i++) {
            assertThrows(StorageException.class, () -> file.write(Contents.filled(1, 2), 0));
        }
        disk.clearFaults();
        assertEquals(1, Contents.of(file)[0]);
        file.write(Contents.filled(1, 2), 0);
        assertEquals(2, Contents.of(file)[0]);
    }

    @Test
    void shouldFailReadsByTheirOwnNumbers() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        MemorySegment memory = Contents.filled(1, 0);
        disk.failReadAt(2);
        file.read(memory, 0);
        StorageException e = assertThrows(StorageException.class, () -> file.read(memory, 7));
        assertEquals(7, e.offset());
        file.read(memory, 0);
        disk.failReadFrom(4);
        assertThrows(StorageException.class, () -> file.read(memory, 0));
        assertThrows(StorageException.class, () -> file.read(memory, 0));
        disk.clearFaults();
        file.read(memory, 0);
    }

    @Test
    void shouldTellWhatAFailedWriteDid() {
        assertEquals(List.of(0, 10, 0, 5, 5), lengthsAfterFailedWrite());
        for (Fault fault : List.of(Fault.FULL, Fault.SHORT_WRITE_THEN_FULL)) {
            SimDisk disk = new SimDisk();
            disk.failAt(2, fault);
            StorageFile file = disk.create("a");
            assertThrows(
                    StorageFullException.class, () -> file.write(Contents.filled(10, 1), 0));
        }
    }

    private static List<Integer> lengthsAfterFailedWrite() {
        return List.of(Fault.values()).stream()
                .map(
                        fault -> {
                            SimDisk disk = new SimDisk();
                            disk.failAt(2, fault);
                            StorageFile file = disk.create("a");
                            assertThrows(
                                    StorageException.class,
                                    () -> file.write(Contents.filled(10, 1), 0));
                            return (int) file.length();
                        })
                .toList();
    }

    @Test
    void shouldForgetPagesWhenAForceFails() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        disk.forceDirectory();
        file.write(Contents.filled(8_192, 1), 0);
        file.force();
        file.write(Contents.filled(8_192, 2), 0);
        disk.failAt(disk.calls() + 1, Fault.EIO);
        StorageException e = assertThrows(StorageException.class, file::force);
        assertEquals(StorageException.class, e.getClass());

        file.force();
        assertEquals(2, Contents.of(file)[0], "the page cache has it");
        byte[] after = Contents.of(disk.crash(CrashModel.LOSE_ALL, 0), "a");
        assertEquals(1, after[0], "a later force did not save it");

        file.write(Contents.filled(1, 3), 4_096);
        file.force();
        after = Contents.of(disk.crash(CrashModel.LOSE_ALL, 0), "a");
        assertEquals(1, after[0]);
        assertEquals(3, after[4_096]);
        assertEquals(2, after[4_097], "the page was written again, whole");
    }

    @Test
    void shouldNeverCallAFailedForceFull() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        disk.failFrom(2, Fault.FULL);
        assertEquals(
                StorageException.class,
                assertThrows(StorageException.class, file::force).getClass());
        assertEquals(
                StorageException.class,
                assertThrows(StorageException.class, disk::forceDirectory).getClass());
    }

    // ---- capacity, rot, counts

    @Test
    void shouldFillUpToTheCapacity() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(100);
        StorageFile file = disk.create("a");
        file.write(Contents.filled(60, 1), 0);
        assertEquals(40, disk.usableBytes());
        StorageFile other = disk.create("b");
        StorageFullException e =
                assertThrows(
                        StorageFullException.class, () -> other.write(Contents.filled(41, 1), 0));
        assertEquals(40, e.offset());
        assertEquals(40, other.length(), "what fits was written");
        file.write(Contents.filled(60, 2), 0);
        assertThrows(StorageFullException.class, () -> file.write(Contents.filled(1, 2), 60));
        disk.delete("b");
        assertEquals(40, disk.usableBytes());
        file.write(Contents.filled(40, 2), 60);
        assertEquals(0, disk.usableBytes());
        file.truncate(10);
        assertEquals(90, disk.usableBytes());
    }

    @Test
    void shouldTakeSpaceLate() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(8 * 4096);
        StorageFile file = disk.create("a");
        file.write(Contents.filled(3 * 4096, 1), 0);
        file.force();
        disk.setSpaceModel(SpaceModel.RESERVED, 0);
        file.write(Contents.filled(4096, 1), 3 * 4096);
        assertEquals(4 * 4096, disk.usableBytes());
        file.force();
        assertEquals(4 * 4096, disk.usableBytes());
        assertEquals(8 * 4096, disk.freeBytes(), "the disk was not told yet");
        file.write(Contents.filled(2 * 4096, 2), 0);
        assertEquals(2 * 4096, disk.usableBytes(), "another place before the old one is given up");
        StorageFullException e =
                assertThrows(
                        StorageFullException.class,
                        () -> file.write(Contents.filled(3 * 4096, 1), 4 * 4096));
        assertEquals(6 * 4096, e.offset());
        file.truncate(4 * 4096);
        file.force();
        assertEquals(4 * 4096, disk.usableBytes());
        disk.delete("a");
        assertEquals(8 * 4096, disk.freeBytes());
    }

    @Test
    void shouldFailTheForceWhereNoWriteMakesSureOfItsPlace() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(2 * 4096);
        disk.setSpaceModel(SpaceModel.AT_FORCE, 0);
        StorageFile file = disk.create("a");
        file.write(Contents.filled(3 * 4096, 1), 0);
        assertEquals(
                StorageException.class,
                assertThrows(StorageException.class, file::force).getClass());
        file.force();
        assertEquals(0, Contents.of(disk.crash(CrashModel.GROWN_ZERO, 0), "a")[0], "lost");
    }

    @Test
    void shouldSaveOfItsOwnAccordWhatStillCountsAsWritten() {
        SimDisk disk = new SimDisk();
        disk.setCapacity(1 << 20);
        disk.setSpaceModel(SpaceModel.RESERVED, 1);
        StorageFile file = disk.create("a");
        for (int i = 0; i < 128; i++) {
            file.write(Contents.filled(4096, 1), 4096L * (i & 63));
        }
        assertTrue(disk.freeBytes() < 1 << 20, "told in between");
        assertTrue(disk.usableBytes() < (1 << 20) - 128 * 4096, "counted twice");
        assertTrue(disk.restart().usableBytes() > (1 << 20) - 65 * 4096, "another knows less");
    }

    @Test
    void shouldFlipABitForGood() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        disk.forceDirectory();
        file.write(Contents.filled(5_000, 0), 0);
        file.force();
        disk.flipBit("a", 4_999 * 8 + 3);
        assertEquals(8, Contents.of(file)[4_999]);
        for (CrashModel model : CrashModel.values()) {
            assertEquals(8, Contents.of(disk.crash(model, 1), "a")[4_999]);
        }
        assertThrows(IllegalArgumentException.class, () -> disk.flipBit("a", 5_000 * 8));
        assertThrows(IllegalArgumentException.class, () -> disk.flipBit("b", 0));
    }

    @Test
    void shouldCountExactly() {
        SimDisk disk = new SimDisk();
        try (CountingStorage counting = new CountingStorage(disk)) {
            StorageFile file = counting.create("a");
            IoCounts before = counting.counts();
            file.write(Contents.filled(10, 1), 0);
            file.write(Contents.filled(5, 1), 10);
            file.force();
            file.read(Contents.filled(100, 0), 0);
            file.map(0, 3, Arena.ofAuto());
            file.truncate(3);
            counting.rename("a", "b");
            counting.delete("b");
            counting.forceDirectory();
            IoCounts counts = counting.counts().since(before);
            assertEquals(2, counts.writes());
            assertEquals(15, counts.bytesWritten());
            assertEquals(1, counts.reads());
            assertEquals(15, counts.bytesRead(), "bytes that were there, not bytes asked for");
            assertEquals(1, counts.forces());
            assertEquals(1, counts.directoryForces());
            assertEquals(0, counts.of(IoCall.CREATE));
            for (IoCall kind : List.of(IoCall.MAP, IoCall.TRUNCATE, IoCall.RENAME, IoCall.DELETE)) {
                assertEquals(1, counts.of(kind));
            }
            assertEquals(counting.counts(), disk.counts(), "both count alike");
        }
    }

    @Test
    void shouldLetNobodyChangeWhatIsMapped() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        file.write(Contents.filled(100, 1), 0);
        try (Arena arena = Arena.ofShared()) {
            file.map(10, 50, arena);
            file.write(Contents.filled(40, 2), 60);
            file.write(Contents.filled(10, 2), 0);
            file.truncate(60);
            assertThrows(AssertionError.class, () -> file.write(Contents.filled(1, 2), 59));
            assertThrows(AssertionError.class, () -> file.write(Contents.filled(11, 2), 0));
            assertThrows(AssertionError.class, () -> file.truncate(59));
        }
        file.write(Contents.filled(11, 2), 0);
        file.truncate(5);
    }

    @Test
    void shouldCountTheBytesOfAShortWrite() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        disk.failAt(2, Fault.SHORT_WRITE_THEN_EIO);
        assertThrows(StorageException.class, () -> file.write(Contents.filled(10, 1), 0));
        assertEquals(5, disk.counts().bytesWritten());
        assertTrue(disk.counts().writes() == 1);
    }
}
