package dev.varve.engine.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing of a block that has failed is kept. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class FailedBlockTest {

    private static final int COUNT = 40;
    private static final int FAILING = 21;
    private static final int BLOCKS = 1_000;
    private static final int[] THREADS = {1, 2, 4};

    /** What ends the block. */
    private enum Failure {
        UNDECLARED,
        BASE,
        HINTS,
        LISTENER,
        MEMORY,
        STACK
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldForgetABlockWhenItHasFailed(ExecutorMode mode) throws Exception {
        for (int threads : THREADS) {
            for (Failure failure : Failure.values()) {
                List<Thread> helpers = new ArrayList<>();
                String name = mode + ", " + threads + " threads, " + failure;
                try (BlockExecutor executor = executor(mode, threads, helpers)) {
                    Collection<WeakReference<Object>> refs = fail(executor, failure);
                    assertForgotten(refs, name);
                    assertNextIsRight(executor, mode, name);
                }
                assertEquals(threads - 1, helpers.size(), name);
                helpers.forEach(helper -> assertFalse(helper.isAlive(), name));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutorMode.class)
    void shouldKeepNothingWhenAThousandBlocksFail(ExecutorMode mode) throws Exception {
        for (int threads : THREADS) {
            List<Thread> helpers = new ArrayList<>();
            String name = mode + ", " + threads + " threads";
            Collection<WeakReference<Object>> refs = new ArrayList<>();
            try (BlockExecutor executor = executor(mode, threads, helpers)) {
                for (int i = 0; i < BLOCKS; i++) {
                    refs.addAll(fail(executor, Failure.values()[i % Failure.values().length]));
                }
                assertForgotten(refs, name);
                assertNextIsRight(executor, mode, name);
                assertEquals(threads - 1, helpers.size(), name);
            }
        }
    }

    /** A short block that differs, so that not all that was used is used again. */
    private static void assertNextIsRight(
            BlockExecutor executor, ExecutorMode mode, String name) {
        Transfers next = new Transfers(2, 2, 1, 7);
        AccessHints hints = mode == ExecutorMode.ORDERED_LOCKS ? next : null;
        try (BlockExecutor reference =
                BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build()) {
            BlockRecord expected = BlockRecord.of(reference, next, next.count(), next, hints);
            BlockRecord actual = BlockRecord.of(executor, next, next.count(), next, hints);
            assertNull(expected.difference(actual), name);
        }
    }

    private static void assertForgotten(Collection<WeakReference<Object>> refs, String name)
            throws InterruptedException {
        for (int i = 0; i < 20 && refs.stream().anyMatch(ref -> ref.get() != null); i++) {
            System.gc();
            Thread.sleep(5);
        }
        List<String> kept = new ArrayList<>();
        for (WeakReference<Object> ref : refs) {
            Object object = ref.get();
            if (object != null) {
                kept.add(object.getClass().getSimpleName());
            }
        }
        assertEquals(List.of(), kept, name);
    }

    /** The block is announced too. A method of its own: no frame keeps what it was made of. */
    private static Collection<WeakReference<Object>> fail(
            BlockExecutor executor, Failure failure) {
        Failing block = new Failing(failure);
        CommitListener<byte[]> listener = block::told;
        BlockInput<byte[]> input = new BlockInput<>(block, COUNT, block, block, listener);
        block.refs.add(new WeakReference<>(block));
        block.refs.add(new WeakReference<>(listener));
        block.refs.add(new WeakReference<>(input));
        Throwable thrown =
                assertThrows(Throwable.class, () -> executor.execute(input, input));
        block.refs.add(new WeakReference<>(thrown));
        return block.refs;
    }

    private static BlockExecutor executor(ExecutorMode mode, int threads, List<Thread> helpers) {
        return BlockExecutor.builder()
                .mode(mode)
                .threads(
                        threads,
                        task -> {
                            helpers.add(Setup.DAEMONS.newThread(task));
                            return helpers.getLast();
                        })
                .build();
    }

    /** Base, program and hints at once. */
    private static final class Failing implements TxProgram<byte[]>, BaseState, AccessHints {

        private final Failure failure;
        private final Collection<WeakReference<Object>> refs = new ConcurrentLinkedQueue<>();

        Failing(Failure failure) {
            this.failure = failure;
        }

        @Override
        public byte[] get(byte[] key) {
            if (failure == Failure.BASE && Counters.decode(key) == FAILING) {
                throw new IllegalStateException("made up");
            }
            return kept(Counters.encode(1));
        }

        @Override
        public byte[] execute(int index, TxView view) {
            byte[] own = Counters.encode(index);
            byte[] shared = Counters.encode(COUNT + index % 3);
            view.get(shared);
            view.get(own);
            view.put(own, kept(Counters.encode(index)));
            view.put(shared, kept(Counters.encode(index)));
            if (index == FAILING) {
                fail(view, own);
            }
            return kept(Counters.encode(index));
        }

        private void fail(TxView view, byte[] key) {
            switch (failure) {
                case UNDECLARED -> view.get(Counters.encode(-1));
                case MEMORY -> throw new OutOfMemoryError("made up");
                case STACK -> touch(view, key);
                default -> {}
            }
        }

        /** Ends in a call of the view, or in frames of its own: then it is thrown for the first. */
        @SuppressWarnings("InfiniteRecursion") // that is what it is for
        private static long touch(TxView view, byte[] key) {
            try {
                view.get(key);
                return 1 + touch(view, key);
            } catch (StackOverflowError e) {
                throw new InternalError("made up of " + e);
            }
        }

        void told(int index, byte @Nullable [] result, @Nullable Throwable thrown) {
            if (failure == Failure.LISTENER && index == FAILING) {
                throw new IllegalStateException("made up");
            }
        }

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            if (failure == Failure.HINTS && index == FAILING) {
                throw new IllegalStateException("made up");
            }
            sink.write(Counters.encode(index));
            sink.write(Counters.encode(COUNT + index % 3));
        }

        private byte[] kept(byte[] value) {
            refs.add(new WeakReference<>(value));
            return value;
        }
    }
}
