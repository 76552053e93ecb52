package dev.varve.bloom;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** Prints what a hash costs, in nanoseconds; asserts nothing. Run its main method. */
final class IdHashDuel {

    private static final int IDS = 1 << 10;
    private static final int ROUNDS = 2_000;

    private IdHashDuel() {}

    public static void main(String[] arguments) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate((long) IDS * IdHash.HASH_LENGTH);
            for (IdHashAlgorithm algorithm : IdHashAlgorithm.values()) {
                IdHash hash = IdHash.create(algorithm, 1, 2);
                for (int length : new int[] {5, 8, 20, 32, 64, 256, 1_024}) {
                    MemorySegment ids = arena.allocate((long) IDS * length);
                    System.out.printf(
                            Locale.ROOT,
                            "%s %d bytes: hash %.2f ns, high %.2f ns%n",
                            algorithm,
                            length,
                            best(() -> hashAll(hash, ids, length, out)),
                            best(() -> highAll(hash, ids, length, out)));
                }
            }
        }
    }

    private static double best(Runnable pass) {
        double best = Double.MAX_VALUE;
        for (int trial = 0; trial < 5; trial++) {
            long start = System.nanoTime();
            for (int round = 0; round < ROUNDS / 10; round++) {
                pass.run();
            }
            best = Math.min(best, (System.nanoTime() - start) / (ROUNDS / 10.0 * IDS));
        }
        return best;
    }

    private static void hashAll(IdHash hash, MemorySegment ids, int length, MemorySegment out) {
        for (int i = 0; i < IDS; i++) {
            hash.hash(ids, (long) i * length, length, out, (long) i * IdHash.HASH_LENGTH);
        }
    }

    private static void highAll(IdHash hash, MemorySegment ids, int length, MemorySegment out) {
        for (int i = 0; i < IDS; i++) {
            long high = hash.high(ids, (long) i * length, length);
            out.set(IdHash.LE_LONG, (long) i * IdHash.HASH_LENGTH, high);
        }
    }
}
