package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * That each crash model can do what it says, and does nothing else. A file "a" of three pages of
 * ones is durable at the start of each test.
 */
final class CrashModelTest {

    private static final int PAGE = 4096;
    private static final int SEEDS = 300;

    private SimDisk disk;
    private StorageFile file;

    @BeforeEach
    void makeOneFileDurable() {
        disk = new SimDisk();
        file = disk.create("a");
        file.write(Contents.filled(3 * PAGE, 1), 0);
        file.force();
        disk.forceDirectory();
    }

    // ---- what holds in every model

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldNeverDamageForcedBytes(CrashModel model) {
        file.write(Contents.filled(100, 2), 5_000);
        file.write(Contents.filled(PAGE, 3), 3 * PAGE);
        for (int seed = 0; seed < SEEDS; seed++) {
            byte[] found = Contents.of(disk.crash(model, seed), "a");
            for (int i = 0; i < 3 * PAGE; i++) {
                if (i < 5_000 || i >= 5_100) {
                    assertEquals(1, found[i], "byte " + i + ", seed " + seed);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldKeepEverythingThatWasForced(CrashModel model) {
        StorageFile other = disk.create("b");
        other.write(Contents.filled(100, 2), 5_000);
        other.truncate(5_050);
        other.force();
        disk.rename("a", "c");
        disk.forceDirectory();
        for (int seed = 0; seed < SEEDS; seed++) {
            SimDisk after = disk.crash(model, seed);
            assertEquals(List.of("b", "c"), after.list());
            assertArrayEquals(Contents.of(other), Contents.of(after, "b"));
            assertArrayEquals(Contents.of(file), Contents.of(after, "c"));
        }
    }

    @ParameterizedTest
    @EnumSource(CrashModel.class)
    void shouldLeaveTheDiskAsItIsAndGiveTheSameForTheSameSeed(CrashModel model) {
        file.write(MemorySegment.ofArray(Contents.random(3 * PAGE, 5)), 100);
        disk.create("b");
        byte[] live = Contents.of(file);
        for (int seed = 0; seed < 20; seed++) {
            SimDisk one = disk.crash(model, seed);
            SimDisk two = disk.crash(model, seed);
            assertEquals(one.list(), two.list());
            assertArrayEquals(Contents.of(one, "a"), Contents.of(two, "a"));
            SimDisk again = one.crash(CrashModel.LOSE_ALL, 0);
            assertEquals(one.list(), again.list(), "what was found is durable");
            assertArrayEquals(Contents.of(one, "a"), Contents.of(again, "a"));
        }
        assertArrayEquals(live, Contents.of(file));
        file.force();
        assertArrayEquals(live, Contents.of(disk.crash(CrashModel.LOSE_ALL, 0), "a"));
    }

    @Test
    void shouldNotShareBytesWithTheDiskItCameFrom() {
        SimDisk after = disk.crash(CrashModel.KEEP_ALL, 0);
        file.write(Contents.filled(10, 2), 0);
        try (StorageFile twin = after.open("a", Storage.Access.READ_WRITE)) {
            twin.write(Contents.filled(10, 3), 0);
            assertEquals(2, Contents.of(file)[0]);
            assertEquals(3, Contents.of(twin)[0]);
        }
    }

    // ---- all or nothing

    @Test
    void shouldLoseAllThatWasNotForced() {
        file.write(Contents.filled(2 * PAGE, 2), 2 * PAGE);
        disk.create("forced-but-nameless").force();
        disk.rename("a", "b");
        SimDisk after = disk.crash(CrashModel.LOSE_ALL, 1);
        assertEquals(List.of("a"), after.list());
        byte[] ones = new byte[3 * PAGE];
        Arrays.fill(ones, (byte) 1);
        assertArrayEquals(ones, Contents.of(after, "a"));
    }

    @Test
    void shouldBringBackWhatWasDeletedOrReplaced() {
        disk.create("b").write(Contents.filled(5, 2), 0);
        disk.rename("b", "a");
        assertEquals(5, Contents.of(disk, "a").length);
        SimDisk after = disk.crash(CrashModel.LOSE_ALL, 0);
        assertEquals(List.of("a"), after.list());
        assertEquals(3 * PAGE, Contents.of(after, "a").length);
        disk.delete("a");
        assertEquals(List.of("a"), disk.crash(CrashModel.LOSE_ALL, 0).list());
        assertEquals(List.of(), disk.crash(CrashModel.KEEP_ALL, 0).list());
    }

    @Test
    void shouldBringBackWhatWasCutOff() {
        file.truncate(100);
        assertEquals(3 * PAGE, Contents.of(disk.crash(CrashModel.LOSE_ALL, 0), "a").length);
        assertEquals(100, Contents.of(disk.crash(CrashModel.KEEP_ALL, 0), "a").length);
        assertEquals(
                Set.of(100, 3 * PAGE),
                outcomes(CrashModel.RANDOM_4K, after -> Contents.of(after, "a").length));
        file.force();
        for (CrashModel model : CrashModel.values()) {
            assertEquals(100, Contents.of(disk.crash(model, 0), "a").length);
        }
    }

    @Test
    void shouldKeepAllThatWasIssued() {
        file.write(Contents.filled(2 * PAGE, 2), 2 * PAGE);
        disk.create("b");
        disk.rename("a", "c");
        SimDisk after = disk.crash(CrashModel.KEEP_ALL, 1);
        assertEquals(List.of("b", "c"), after.list());
        assertArrayEquals(Contents.of(file), Contents.of(after, "c"));
    }

    // ---- pages

    @Test
    void shouldKeepOrLoseEachPageByItself() {
        file.write(Contents.filled(2 * PAGE, 2), 0);
        Set<List<Byte>> seen =
                outcomes(
                        CrashModel.RANDOM_4K,
                        after -> {
                            byte[] found = Contents.of(after, "a");
                            assertUniform(found, 0, PAGE);
                            assertUniform(found, PAGE, 2 * PAGE);
                            return List.of(found[0], found[PAGE]);
                        });
        assertEquals(4, seen.size(), seen.toString());
    }

    @Test
    void shouldFindAnyVersionOfAPage() {
        file.write(Contents.filled(10, 2), 0);
        file.write(Contents.filled(10, 3), 5);
        file.write(Contents.filled(10, 4), 0);
        Set<List<Byte>> seen =
                outcomes(
                        CrashModel.RANDOM_4K,
                        after -> {
                            byte[] found = Contents.of(after, "a");
                            return List.of(found[0], found[5], found[10]);
                        });
        assertEquals(
                Set.of(bytes(1, 1, 1), bytes(2, 2, 1), bytes(2, 3, 3), bytes(4, 4, 3)), seen);
    }

    @Test
    void shouldChooseTheLengthByItself() {
        file.write(Contents.filled(PAGE, 2), 3 * PAGE);
        file.write(Contents.filled(PAGE, 2), 4 * PAGE);
        Set<List<Integer>> seen =
                outcomes(
                        CrashModel.RANDOM_4K,
                        after -> {
                            byte[] found = Contents.of(after, "a");
                            int page4 = found.length > 3 * PAGE ? found[3 * PAGE] : -1;
                            int page5 = found.length > 4 * PAGE ? found[4 * PAGE] : -1;
                            return List.of(page4, page5);
                        });
        assertEquals(
                Set.of(
                        List.of(-1, -1),
                        List.of(0, -1),
                        List.of(2, -1),
                        List.of(0, 0),
                        List.of(0, 2),
                        List.of(2, 0),
                        List.of(2, 2)),
                seen);
    }

    @Test
    void shouldTearPagesAtSectorsAndOneSectorAtAWord() {
        file.write(Contents.filled(PAGE, 2), 0);
        Set<Integer> tears = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            byte[] found = Contents.of(disk.crash(CrashModel.TORN, seed), "a");
            int inSectors = 0;
            for (int i = 1; i < PAGE; i++) {
                if (found[i] != found[i - 1]) {
                    tears.add(i);
                    inSectors += i % 512 == 0 ? 0 : 1;
                }
            }
            assertTrue(inSectors <= 1, "one sector is torn at most, seed " + seed);
        }
        assertTrue(tears.stream().allMatch(i -> i % 8 == 0), tears.toString());
        assertEquals(7, tears.stream().filter(i -> i % 512 == 0).count(), "every sector");
        assertTrue(tears.size() > 60, tears.toString());
    }

    @Test
    void shouldFindGarbageOnlyWhereItWasWritten() {
        file.write(Contents.filled(100, 2), 50);
        Set<Byte> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            byte[] found = Contents.of(disk.crash(CrashModel.GARBAGE, seed), "a");
            for (int i = 50; i < 150; i++) {
                seen.add(found[i]);
            }
            assertEquals(1, found[49]);
            assertEquals(1, found[150]);
        }
        assertTrue(seen.size() > 200, "found " + seen.size() + " values");
    }

    @Test
    void shouldFindZerosWhereAFileGrew() {
        file.write(Contents.filled(2 * PAGE, 2), 2 * PAGE);
        disk.create("b").write(Contents.filled(10, 2), 0);
        SimDisk after = disk.crash(CrashModel.GROWN_ZERO, 0);
        byte[] found = Contents.of(after, "a");
        assertEquals(4 * PAGE, found.length);
        assertEquals(1, found[3 * PAGE - 1], "the write over old bytes is lost");
        assertEquals(0, found[3 * PAGE]);
        assertArrayEquals(new byte[10], Contents.of(after, "b"));
    }

    // ---- order

    @Test
    void shouldKeepTheOrderOverAllFilesUpToAMoment() {
        StorageFile other = disk.create("b");
        file.write(Contents.filled(1, 2), 0);
        other.write(Contents.filled(1, 2), 0);
        file.write(Contents.filled(1, 3), 0);
        disk.rename("b", "c");
        Set<String> seen =
                outcomes(
                        CrashModel.PREFIX,
                        after -> {
                            String text = "a" + Contents.of(after, "a")[0];
                            for (String name : after.list().subList(1, after.list().size())) {
                                text += " " + name + Contents.of(after, name).length;
                            }
                            return text;
                        });
        assertEquals(Set.of("a1", "a1 b0", "a2 b0", "a2 b1", "a3 b1", "a3 c1"), seen);
    }

    @Test
    void shouldCutTheLastWriteAtASector() {
        file.write(Contents.filled(2_000, 2), 3 * PAGE + 100);
        Set<Integer> lengths =
                outcomes(CrashModel.PREFIX, after -> Contents.of(after, "a").length - 3 * PAGE);
        assertEquals(Set.of(0, 512, 1_024, 1_536, 2_048, 2_100), lengths);
    }

    // ---- names

    @Test
    void shouldLoseNamesFromARandomOneOn() {
        changeNames();
        assertEquals(
                Set.of(List.of("a"), List.of("a", "b"), List.of("b", "c"), List.of("c")),
                outcomes(CrashModel.DIR_LOSS, SimDisk::list));
    }

    @Test
    void shouldLoseAnyNamesWhenTheyAreReordered() {
        changeNames();
        assertEquals(
                Set.of(
                        List.of("a"),
                        List.of("a", "b"),
                        List.of("b", "c"),
                        List.of("c")),
                outcomes(CrashModel.DIR_REORDER, SimDisk::list));
        disk.create("d");
        assertTrue(
                outcomes(CrashModel.DIR_REORDER, SimDisk::list).contains(List.of("a", "d")),
                "the last without the first");
    }

    @Test
    void shouldLoseBytesAndNamesTogether() {
        file.write(Contents.filled(PAGE, 2), 0);
        disk.rename("a", "b");
        Set<String> seen =
                outcomes(
                        CrashModel.DIR_LOSS,
                        after -> {
                            String name = after.list().getFirst();
                            return name + Contents.of(after, name)[0];
                        });
        assertEquals(Set.of("a1", "a2", "b1", "b2"), seen);
    }

    private void changeNames() {
        disk.create("b");
        disk.rename("a", "c");
        disk.delete("b");
    }

    @Test
    void shouldGiveDifferentDisksForDifferentSeeds() {
        file.write(Contents.filled(3 * PAGE, 2), 0);
        assertNotEquals(
                1,
                outcomes(CrashModel.TORN, d -> Arrays.hashCode(Contents.of(d, "a"))).size());
    }

    private <T> Set<T> outcomes(CrashModel model, Function<SimDisk, T> look) {
        Set<T> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            seen.add(look.apply(disk.crash(model, seed)));
        }
        return seen;
    }

    private static List<Byte> bytes(int... values) {
        return Arrays.stream(values).mapToObj(v -> (byte) v).toList();
    }

    private static void assertUniform(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            assertEquals(bytes[from], bytes[i], "byte " + i);
        }
    }
}
