package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import dev.varve.logstore.io.sim.SimPowerCut;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CrashModelTest {

    @Test
    void shouldLoseAllThatWasNotForced() {
        SimDisk disk = new SimDisk();
        StorageFile file = disk.create("a");
        file.write(filled(10, 1), 0);
        file.force();
        disk.forceDirectory();
        file.write(filled(5, 2), 5);
        disk.create("b").force();
        SimDisk after = disk.crash(CrashModel.LOSE_ALL, 1);
        assertEquals(List.of("a"), after.list());
        byte[] read = new byte[20];
        assertEquals(10, after.open("a", Access.READ).read(MemorySegment.ofArray(read), 0));
        assertEquals(1, read[9]);
        assertTrue(disk.exists("b"));
        disk.crashAt(disk.calls() + 1);
        assertThrows(SimPowerCut.class, disk::forceDirectory);
        assertFalse(disk.crash(CrashModel.LOSE_ALL, 1).exists("b"));
    }

    private static MemorySegment filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }
}
