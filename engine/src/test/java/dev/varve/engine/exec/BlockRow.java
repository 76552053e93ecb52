package dev.varve.engine.exec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Generated blocks one behind the other, each on the state that the one before has left: the same
 * seed, the same row. Some blocks are executed twice, some end with an exception, which leaves
 * the state as it was; the announcements are right, missing or wrong.
 */
final class BlockRow {

    private static final int MAX_BLOCKS = 6;
    private static final int MAX_TRANSACTIONS = 60;

    private final long seed;
    private final ScriptBlock all;
    private final List<Step> steps = new ArrayList<>();

    /** How a block of the row ends. */
    private enum Fate {
        GOOD,
        LISTENER_THROWS,
        HINTS_THROW
    }

    /** One call. */
    private record Step(ScriptBlock block, Fate fate, Announcement announcement) {}

    /** What a call is told about the next one. */
    private enum Announcement {
        RIGHT,
        NONE,
        /** A block that looks the same and is another object. */
        TWIN,
        /** The block of this call. */
        SAME
    }

    /** A failure on purpose. */
    private static final class Planned extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    BlockRow(long seed) {
        this.seed = seed;
        all = new BlockGenerator(seed, MAX_TRANSACTIONS).next();
        SplittableRandom random = new SplittableRandom(seed * 31);
        int blocks = 1 + random.nextInt(MAX_BLOCKS);
        int from = 0;
        for (int i = 0; i < blocks; i++) {
            int to = i == blocks - 1 ? all.count() : from + random.nextInt(all.count() - from + 1);
            ScriptBlock block = all.with(all.transactions.subList(from, to));
            for (int turn = random.nextInt(8) == 0 ? 0 : 1; turn < 2; turn++) {
                steps.add(new Step(block, fate(random), announcement(random)));
            }
            from = to;
        }
    }

    /** Everything that one executor shows of the row, a record for each call. */
    List<BlockRecord> execute(BlockExecutor executor, @Nullable Setup setup) {
        State state = new State();
        List<List<String>> commits = new ArrayList<>();
        List<BlockInput<Long>> inputs = new ArrayList<>();
        for (Step step : steps) {
            List<String> told = new ArrayList<>();
            commits.add(told);
            inputs.add(input(step, setup, state, told));
        }
        List<BlockRecord> records = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            BlockInput<Long> next = i + 1 < steps.size() ? inputs.get(i + 1) : null;
            try {
                BlockOutcome<Long> outcome =
                        executor.execute(inputs.get(i), announced(i, inputs.get(i), next));
                records.add(BlockRecord.of(commits.get(i), outcome));
                outcome.batch().forEach(state::apply);
            } catch (CommitListenerException e) {
                records.add(BlockRecord.failed(commits.get(i), "listener threw"));
            } catch (Planned e) {
                records.add(BlockRecord.failed(List.of(), "hints threw"));
            }
        }
        return records;
    }

    private BlockInput<Long> input(
            Step step, @Nullable Setup setup, State state, List<String> told) {
        AccessHints hints = setup == null ? null : EqualityProperty.hints(setup, step.block, seed);
        Fate fate = step.fate;
        if (fate == Fate.HINTS_THROW) {
            hints = new FailingHints(step.block, seed);
        }
        boolean isExact = hints != null && hints.precision() == AccessHints.Precision.EXACT;
        TxProgram<Long> program =
                setup == null ? step.block : setup.spoil(step.block, isExact, all);
        int end = step.block.count() / 2;
        CommitListener<Long> listener =
                (index, result, failure) -> {
                    told.add(BlockRecord.line(index, result, failure));
                    if (fate == Fate.LISTENER_THROWS && index == end) {
                        throw new Planned();
                    }
                };
        return new BlockInput<>(state, step.block.count(), program, hints, listener);
    }

    private @Nullable BlockInput<Long> announced(
            int step, BlockInput<Long> block, @Nullable BlockInput<Long> next) {
        return switch (steps.get(step).announcement) {
            case RIGHT -> next;
            case NONE -> null;
            case TWIN ->
                    next == null
                            ? null
                            : new BlockInput<>(
                                    next.base(),
                                    next.count(),
                                    next.program(),
                                    next.hints(),
                                    next.listener());
            case SAME -> block;
        };
    }

    private static Fate fate(SplittableRandom random) {
        return switch (random.nextInt(12)) {
            case 0 -> Fate.LISTENER_THROWS;
            case 1 -> Fate.HINTS_THROW;
            default -> Fate.GOOD;
        };
    }

    private static Announcement announcement(SplittableRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> Announcement.NONE;
            case 1 -> Announcement.TWIN;
            case 2 -> Announcement.SAME;
            default -> Announcement.RIGHT;
        };
    }

    /** What the blocks so far have left; changed between two calls, as any caller may. */
    private final class State implements BaseState {

        private final Map<ByteBuffer, Optional<byte[]>> changes = new HashMap<>();

        @Override
        public byte @Nullable [] get(byte[] key) {
            Optional<byte[]> changed = changes.get(ByteBuffer.wrap(key));
            return changed == null ? all.get(key) : changed.orElse(null);
        }

        void apply(byte[] key, byte @Nullable [] value) {
            changes.put(ByteBuffer.wrap(key.clone()), Optional.ofNullable(value));
        }
    }

    /** Exact for the first half of a block, then they throw. */
    private static final class FailingHints implements AccessHints {

        private final AccessHints first;
        private final int end;

        FailingHints(ScriptBlock block, long seed) {
            first = new ScriptHints(block, Precision.EXACT, seed);
            end = block.count() / 2;
        }

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            if (index == end) {
                throw new Planned();
            }
            first.declare(index, sink);
        }
    }
}
