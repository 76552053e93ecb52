package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Executes blocks of transactions on several threads. The outcomes and the writes of a block equal
 * those of running its transactions one after the other, byte for byte, for every mode, thread
 * count, stripe count and schedule.
 *
 * <pre>{@code
 * try (BlockExecutor executor =
 *         BlockExecutor.builder().threads(4, Thread::new).mode(ExecutorMode.ADAPTIVE).build()) {
 *     BlockOutcome<Receipt> outcome = executor.execute(base, txs.size(), program, hints, listener);
 *     outcome.batch().forEach(...);
 * }
 * }</pre>
 *
 * <p>Used by one thread at a time, which works along; a second one is refused with
 * {@link IllegalStateException}. The owner closes it, which ends its threads. Its memory grows to
 * the need of the largest block and is reused, but not that of a block that failed.
 */
public final class BlockExecutor implements AutoCloseable {

    private static final VarHandle BUSY;

    static {
        try {
            BUSY =
                    MethodHandles.lookup()
                            .findVarHandle(BlockExecutor.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Settings settings;
    private final BlockRun run;
    private final @Nullable WorkerPool pool;
    private final Map<ExecutorMode, Engine> engines = new EnumMap<>(ExecutorMode.class);
    private @Nullable DeclaredEngine declaredEngine;
    private final CostModel costs;

    /** Cleared without a call, since the caller's stack may have ended. */
    @SuppressWarnings("UnusedVariable") // read through BUSY
    private volatile boolean busy;

    /** Whether {@link #recover} is still to be done; set without a call. */
    private boolean isFaulty;

    private Lease lease = Lease.ENDED;
    private boolean closed;

    /** Of the threads in the settings only some may come, the calling one always. */
    BlockExecutor(Settings settings, int present) {
        this.settings = settings;
        Keys keys = new Keys(settings.hashSeed(), settings.hashMask());
        run =
                new BlockRun(
                        keys,
                        settings.interference(),
                        settings.statistics(),
                        settings.classifier());
        costs = new CostModel(settings.threads());
        pool =
                settings.threads() == 1
                        ? null
                        : new WorkerPool(present, settings.threadFactory());
    }

    /** An executor with one thread, the calling one, unless the builder is told otherwise. */
    public static Builder builder() {
        return new Builder();
    }

    /** Executes a block of which nothing is known in advance. */
    public <R> BlockOutcome<R> execute(BaseState base, int count, TxProgram<R> program) {
        return execute(base, count, program, null, null);
    }

    /**
     * Executes transactions 0 to {@code count - 1}.
     *
     * @param base the state before the block
     * @param hints which keys the transactions touch, or null if that is unknown
     * @param listener is told each transaction in order, or null
     * @throws UndeclaredAccessException if a transaction breaks the promise of exact hints
     * @throws CommitListenerException if the listener threw
     * @throws VirtualMachineError if memory ran out, or the stack did in a call of the view: see
     *     {@link TxProgram}. As after any exception, the executor remains usable
     */
    public <R> BlockOutcome<R> execute(
            BaseState base,
            int count,
            TxProgram<R> program,
            @Nullable AccessHints hints,
            @Nullable CommitListener<R> listener) {
        return execute(new BlockInput<>(base, count, program, hints, listener), null);
    }

    /**
     * Executes a block and prepares the one behind it, for a caller that has many:
     *
     * <pre>{@code
     * BlockInput<Receipt> block = source.next();
     * while (block != null) {
     *     BlockInput<Receipt> next = source.next();
     *     apply(executor.execute(block, next).batch());
     *     block = next;
     * }
     * }</pre>
     *
     * <p>The calling thread puts the declared keys of the next block in order while other threads
     * execute this one; and these wait awake for the next call, for 0.1 ms. So the outcome is the
     * same as without the announcement, and may come later, by the time of the preparation, if this
     * block is much the shorter of the two. An executor that prepares holds the declared keys of
     * two blocks.
     *
     * @param next the block of the next call, or null if it is not known. What it declares must not
     *     depend on this block's outcome; its base may, since it is asked only in its own call. If
     *     the next call is for another object, the preparation was in vain. What goes wrong with it
     *     is thrown by its own call.
     * @throws UndeclaredAccessException if a transaction breaks the promise of exact hints
     * @throws CommitListenerException if the listener threw
     */
    public <R> BlockOutcome<R> execute(BlockInput<R> block, @Nullable BlockInput<?> next) {
        Objects.requireNonNull(block, "block");
        enter();
        try {
            return executeAlone(block, next);
        } finally {
            busy = false;
        }
    }

    /**
     * Ends the threads and the last outcome; does nothing if already closed.
     *
     * @throws IllegalStateException if a block is being executed
     */
    @Override
    public void close() {
        if (!BUSY.compareAndSet(this, false, true)) {
            throw new IllegalStateException("a block is being executed");
        }
        try {
            lease.end();
            recover();
            if (!closed && pool != null) {
                pool.close();
            }
            closed = true;
        } finally {
            busy = false;
        }
    }

    private void enter() {
        if (!BUSY.compareAndSet(this, false, true)) {
            throw new IllegalStateException("another thread is executing a block");
        }
        if (closed) {
            busy = false;
            throw new IllegalStateException("the executor is closed");
        }
    }

    private <R> BlockOutcome<R> executeAlone(BlockInput<R> input, @Nullable BlockInput<?> next) {
        lease.end();
        if (isFaulty) {
            recover();
        }
        lease = new Lease();
        try {
            run.begin(input, next, lease);
            ExecutorMode mode = modeFor(input);
            Engine engine = engine(mode);
            dropPreparedOfOthers(engine);
            long from = run.nanoTime();
            engine.execute(run);
            long wallNs = run.nanoTime() - from;
            Throwable failure = run.failure();
            if (failure != null) {
                throw asUnchecked(failure);
            }
            if (run.isStopped()) {
                throw new AssertionError("the block ended without a cause");
            }
            if (settings.mode() == ExecutorMode.ADAPTIVE) {
                costs.observe(mode, input.count(), engine.ownNs(wallNs));
            }
            ExecutionStats stats = stats(engine, mode, wallNs);
            return new BlockOutcome<>(run.outcomes(), run.batch(), stats, lease);
        } catch (Throwable e) {
            isFaulty = true;
            lease.end();
            recover();
            throw e;
        } finally {
            run.end();
        }
    }

    /**
     * Behind a block that failed the next one gets new tables: the old ones would keep values of
     * it, and an error may have left one half grown or a lock shut. What is kept besides, the run
     * and the threads, is written so that no error can break it; but what a caller without stack
     * has not done is done here: helpers may still be at its block. If the stack is too short for
     * this too, the next call does it.
     */
    private void recover() {
        run.stop();
        if (pool != null) {
            pool.shut();
        }
        engines.clear();
        declaredEngine = null;
        run.forgetOutcome();
        isFaulty = false;
    }

    /** What the last block has prepared serves this block or none. */
    @SuppressWarnings("ReferenceEquality") // engines are not values
    private void dropPreparedOfOthers(Engine engine) {
        for (Engine other : engines.values()) {
            if (other != engine) {
                other.dropPrepared();
            }
        }
    }

    private ExecutorMode modeFor(BlockInput<?> input) {
        boolean exact = run.exactHints() != null;
        return switch (settings.mode()) {
            case ADAPTIVE -> costs.choose(input.count(), parallelMode(exact));
            case ORDERED_LOCKS -> {
                if (input.hints() == null) {
                    throw new IllegalArgumentException("ORDERED_LOCKS needs access hints");
                }
                yield parallelMode(exact);
            }
            default -> settings.mode();
        };
    }

    private static ExecutorMode parallelMode(boolean exact) {
        return exact ? ExecutorMode.ORDERED_LOCKS : ExecutorMode.SPECULATIVE;
    }

    private Engine engine(ExecutorMode mode) {
        boolean isDeclared = run.exactHints() != null;
        boolean mayChoose = settings.mode() == ExecutorMode.ADAPTIVE;
        if (isDeclared && mayChoose && mode == ExecutorMode.SEQUENTIAL) {
            return declaredEngine();
        }
        return engines.computeIfAbsent(mode, this::newEngine);
    }

    private Engine newEngine(ExecutorMode mode) {
        return switch (mode) {
            case SEQUENTIAL -> new SequentialEngine(run, settings.classifier());
            case ORDERED_LOCKS ->
                    pool == null ? declaredEngine() : new OrderedEngine(run, settings, pool);
            case SPECULATIVE -> new SpeculativeEngine(run, settings, pool);
            case ADAPTIVE -> throw new AssertionError("a block runs in one of the other modes");
        };
    }

    private DeclaredEngine declaredEngine() {
        DeclaredEngine engine = declaredEngine;
        if (engine == null) {
            engine = new DeclaredEngine(run, settings.classifier());
            declaredEngine = engine;
        }
        return engine;
    }

    private ExecutionStats stats(Engine engine, ExecutorMode mode, long wallNs) {
        WorkerTally total = new WorkerTally(settings.classifier());
        engine.addTo(total);
        DependencyMeter meter = run.meter();
        return new ExecutionStats(
                mode,
                run.count(),
                run.failed(),
                (int) total.get(WorkerTally.TOOK_PART),
                total.get(WorkerTally.EXECUTIONS),
                total.get(WorkerTally.INVALIDATED),
                total.get(WorkerTally.ABANDONED),
                total.get(WorkerTally.IN_SLOT),
                total.get(WorkerTally.WAITS),
                total.get(WorkerTally.WAITED_NS),
                wallNs,
                total.kinds().toMap(),
                meter == null ? null : meter.stats(run.count()));
    }

    private static RuntimeException asUnchecked(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException runtime) {
            return runtime;
        }
        return new IllegalStateException("a checked exception from an unchecked call", failure);
    }

    /** The options of an executor. Not safe for use by several threads. */
    public static final class Builder {

        private static final int MAX_THREADS = 1024;
        private static final int MAX_STRIPES = 1 << 20;
        private static final int MAX_WINDOW = 1 << 20;

        private ExecutorMode mode = ExecutorMode.ADAPTIVE;
        private int threads = 1;
        private ThreadFactory threadFactory = task -> null;
        private int stripes = Settings.DEFAULT;
        private int window = Settings.DEFAULT;
        private StatisticsLevel statistics = StatisticsLevel.COUNTERS;
        private KeyClassifier classifier = KeyClassifier.NONE;
        private long hashSeed = new SecureRandom().nextLong();
        private long hashMask = -1;
        private Interference interference = Interference.NONE;

        private Builder() {}

        /** How blocks are executed; {@link ExecutorMode#ADAPTIVE} unless set. */
        public Builder mode(ExecutorMode newMode) {
            mode = Objects.requireNonNull(newMode, "mode");
            return this;
        }

        /**
         * Threads that work on a block, the calling one included; the others come from the factory
         * when the executor is built, and end when it is closed.
         *
         * @param count 1 to 1,024; 1 unless set
         */
        public Builder threads(int count, ThreadFactory factory) {
            threads = inRange("threads", count, MAX_THREADS);
            threadFactory = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * Units in which keys conflict or are locked; two keys in one stripe cost time only.
         *
         * @param count a power of two up to 2^20; unless set, 2^16 for declared keys and 64 per
         *     thread for unknown ones
         */
        public Builder stripes(int count) {
            if (Integer.bitCount(count) != 1) {
                throw new IllegalArgumentException(count + " stripes are not a power of two");
            }
            stripes = inRange("stripes", count, MAX_STRIPES);
            return this;
        }

        /**
         * How many transactions beyond the first unfinished one may have been started by
         * speculation.
         *
         * @param count up to 2^20, rounded up to a power of two; 32 per thread unless set
         */
        public Builder window(int count) {
            window = inRange("window", count, MAX_WINDOW);
            return this;
        }

        /** What is measured; {@link StatisticsLevel#COUNTERS} unless set. */
        public Builder statistics(StatisticsLevel level, KeyClassifier keyClassifier) {
            statistics = Objects.requireNonNull(level, "level");
            classifier = Objects.requireNonNull(keyClassifier, "keyClassifier");
            return this;
        }

        /** For tests: the hash of keys, of which only the bits of the mask are kept. */
        Builder hash(long seed, long mask) {
            hashSeed = seed;
            hashMask = mask;
            return this;
        }

        /** For tests: what disturbs the schedule. */
        Builder interference(Interference newInterference) {
            interference = newInterference;
            return this;
        }

        /**
         * Starts the threads, after executing a few transactions of its own on the calling thread,
         * so that the first block finds all classes initialised.
         */
        public BlockExecutor build() {
            TrialBlocks.execute();
            return new BlockExecutor(
                    new Settings(
                            mode,
                            threads,
                            threadFactory,
                            stripes,
                            window,
                            statistics,
                            classifier,
                            hashSeed,
                            hashMask,
                            interference),
                    threads);
        }

        private static int inRange(String name, int value, int max) {
            if (value < 1 || value > max) {
                throw new IllegalArgumentException(
                        name + " is " + value + ", not in [1, " + max + "]");
            }
            return value;
        }
    }
}
