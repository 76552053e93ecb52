package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks in a heap that is full but for a given rest, in a process of its own that has
 * little: so an allocation fails wherever the rest is used up. Each time the block ends with the
 * error or with its outcome, the helpers live, and the blocks behind it, with memory again, equal
 * those of the sequential mode. Arguments: seed, rounds of each mode. Ends with exit code 0 if so.
 */
final class StarvedExecutor {

    private static final int TRANSACTIONS = 200;

    /** So many that the log of a transaction has an index that grows. */
    private static final int KEYS_EACH = 20;

    private static final int SMALL = 20;
    private static final int[] PIECES = {1 << 16, 1 << 12, 1 << 8, 16, 2};

    /** More than any mode needs for the block. */
    private static final int MOST_FREE = 1_200_000;

    private final long seed;
    private final List<Thread> helpers = new ArrayList<>();
    private final long expected = digest(ExecutorMode.SEQUENTIAL, 1);
    private int failed;
    private int wrong;

    private StarvedExecutor(long seed) {
        this.seed = seed;
    }

    public static void main(String[] arguments) {
        StarvedExecutor starved = new StarvedExecutor(Long.parseLong(arguments[0]));
        int rounds = Integer.parseInt(arguments[1]);
        starved.rounds(ExecutorMode.SEQUENTIAL, 1, rounds);
        starved.rounds(ExecutorMode.ORDERED_LOCKS, 1, rounds);
        starved.rounds(ExecutorMode.ORDERED_LOCKS, 2, rounds);
        starved.rounds(ExecutorMode.SPECULATIVE, 1, rounds);
        starved.rounds(ExecutorMode.SPECULATIVE, 2, rounds);
        System.exit(starved.wrong > 0 || starved.failed < rounds ? 1 : 0);
    }

    private void rounds(ExecutorMode mode, int threads, int rounds) {
        SplittableRandom random = new SplittableRandom(seed);
        int before = failed;
        for (int round = 0; round < rounds; round++) {
            int free = random.nextInt(MOST_FREE);
            try (BlockExecutor executor = executor(mode, threads)) {
                starve(executor, free);
            } catch (Throwable e) {
                wrong++;
                System.out.println(
                        "seed " + seed + ", " + mode + ", " + threads + " threads, " + free
                                + " bytes: " + e);
            }
        }
        System.out.println(mode + ", " + threads + " threads: failed " + (failed - before));
    }

    /** A small block, the large one without memory, then again with it. */
    private void starve(BlockExecutor executor, int free) {
        BlockInput<Long> large = block(TRANSACTIONS);
        BlockInput<Long> next = block(TRANSACTIONS);
        executor.execute(block(SMALL), null);
        Object[] heap = fill(free);
        try {
            digest(executor.execute(large, next));
        } catch (OutOfMemoryError e) {
            failed++;
        }
        Arrays.fill(heap, null);
        require(digest(executor.execute(next, large)));
        require(digest(executor.execute(large, null)));
        for (Thread helper : helpers) {
            if (!helper.isAlive()) {
                throw new AssertionError("a helper has ended");
            }
        }
    }

    private void require(long digest) {
        if (digest != expected) {
            throw new AssertionError("the block differs from that of the sequential mode");
        }
    }

    /** Takes the heap but for so many bytes; all of it hangs on the array. */
    private static Object[] fill(int free) {
        Object[] all = {null, null};
        all[0] = new byte[free];
        for (int piece : PIECES) {
            boolean fits = true;
            while (fits) {
                Object[] larger = allocate(piece);
                fits = larger != null;
                if (larger != null) {
                    larger[0] = all[1];
                    all[1] = larger;
                }
            }
        }
        all[0] = null;
        return all;
    }

    private static Object @Nullable [] allocate(int length) {
        try {
            return new Object[length];
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    private long digest(ExecutorMode mode, int threads) {
        try (BlockExecutor executor = executor(mode, threads)) {
            return digest(executor.execute(block(TRANSACTIONS), null));
        }
    }

    private static long digest(BlockOutcome<Long> outcome) {
        long sum = outcome.batch().size();
        for (int i = 0; i < outcome.batch().size(); i++) {
            byte[] value = outcome.batch().value(i);
            sum = sum * 31 + Arrays.hashCode(outcome.batch().key(i));
            sum = sum * 31 + Arrays.hashCode(value);
        }
        for (int i = 0; i < outcome.size(); i++) {
            Long result = outcome.result(i);
            sum = sum * 31 + (result == null ? -1 : result);
        }
        return sum;
    }

    private BlockExecutor executor(ExecutorMode mode, int threads) {
        helpers.clear();
        return BlockExecutor.builder().mode(mode).threads(threads, this::helper).build();
    }

    private Thread helper(Runnable task) {
        Thread helper = Setup.DAEMONS.newThread(task);
        helpers.add(helper);
        return helper;
    }

    private BlockInput<Long> block(int count) {
        return new BlockInput<>(key -> null, count, this::execute, new Hints(), null);
    }

    /** Reads and writes a key that many use and some of its own, and catches what it can. */
    private Long execute(int index, TxView view) {
        long sum = 0;
        for (int i = 0; i < KEYS_EACH; i++) {
            byte[] key = key(index, i);
            try {
                byte[] value = view.get(key);
                sum += value == null ? i : Counters.decode(value);
            } catch (IllegalStateException e) {
                sum = -1;
            }
            view.put(key, Counters.encode(sum + index));
        }
        return sum;
    }

    private static byte[] key(int index, int i) {
        return Counters.encode(i == 0 ? index % 10 : index * KEYS_EACH + i + 1_000);
    }

    /** All keys. */
    private static final class Hints implements AccessHints {

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            for (int i = 0; i < KEYS_EACH; i++) {
                sink.write(key(index, i));
            }
        }
    }
}
