package dev.varve.logstore.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The estimate against a disk that tells of what was written when it pleases, within a minute. */
final class LateSpaceTest {

    private long now = 17;

    /** A disk, and a file that grows on it. */
    private final class Twin {

        private final SplittableRandom random;
        private final LateSpace space = new LateSpace(() -> now);
        private long free = 1_000_000;
        private long told = free;
        private long unforced;

        /** When what was forced last was forced; the disk tells of it within a minute. */
        private long toldBy = Long.MAX_VALUE;

        Twin(long seed) {
            random = new SplittableRandom(seed);
        }

        void step() {
            long length = random.nextInt(1_000);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    long growth = random.nextLong(length + 1);
                    space.wrote(length, growth);
                    free -= growth;
                    unforced += length;
                }
                case 2 -> force();
                case 3 -> {
                    space.gaveBack(length);
                    free += length;
                }
                case 4 -> told = random.nextInt(4) == 0 ? tell() : told;
                default -> pass(random.nextLong(LateSpace.LATE_NS / 4));
            }
        }

        void force() {
            space.forced(unforced);
            unforced = 0;
            toldBy = Math.min(toldBy, now + LateSpace.LATE_NS);
        }

        long tell() {
            toldBy = Long.MAX_VALUE;
            return free;
        }

        void pass(long ns) {
            now += ns;
            if (now >= toldBy) {
                told = tell();
            }
        }

        long usable() {
            return space.usable(told, 0);
        }
    }

    @Test
    void shouldNeverTellMoreThanThereIsAndAllOfItOnceTheDiskKnows() {
        for (long seed = 1; seed <= 300; seed++) {
            Twin twin = new Twin(seed);
            assertEquals(twin.free, twin.usable());
            for (int i = 0; i < 400; i++) {
                twin.step();
                assertTrue(
                        twin.usable() <= twin.free,
                        "seed " + seed + ", step " + i + ": " + twin.usable() + " of "
                                + twin.free);
            }
            twin.force();
            for (int i = 0; i < 3; i++) {
                twin.pass(LateSpace.LATE_NS);
                twin.usable();
            }
            assertEquals(twin.free, twin.usable(), "seed " + seed);
        }
    }

    @Test
    void shouldTellAllOfADiskThatNobodyElseUses() {
        LateSpace space = new LateSpace(() -> now);
        assertEquals(1_000, space.usable(1_000, 0));
        space.wrote(300, 300);
        space.forced(300);
        assertEquals(700, space.usable(1_000, 0), "whatever the disk tells");
        space.wrote(300, 0);
        assertEquals(700, space.usable(1_000, 0), "written over");
        assertEquals(650, space.usable(650, 0), "others took some");
        assertEquals(650, space.usable(700, 0), "or the disk did not know");
    }

    @Test
    void shouldBelieveTheDiskAboutWhatWasThereBeforeWhenItHadTimeToKnow() {
        LateSpace space = new LateSpace(() -> now);
        assertEquals(600, space.usable(1_000, 400));
        assertTrue(space.isAsked());
        for (int i = 0; i < 2; i++) {
            assertEquals(600, space.usable(1_000, 400));
            now += LateSpace.LATE_NS;
        }
        assertEquals(1_000, space.usable(1_000, 400));
    }
}
