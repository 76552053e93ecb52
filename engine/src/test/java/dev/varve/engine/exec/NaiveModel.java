package dev.varve.engine.exec;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A block executed in the most obvious way: maps, copies, big integers, no code shared with the
 * executor. What {@link ExecutorMode#SEQUENTIAL} is compared with.
 */
final class NaiveModel {

    private final BaseState base;
    private final Map<ByteBuffer, byte @Nullable []> state = new HashMap<>();

    /** Keys in the order of their first write. */
    private final Set<ByteBuffer> written = new LinkedHashSet<>();

    NaiveModel(BaseState base) {
        this.base = base;
    }

    <R> BlockRecord execute(int count, TxProgram<R> program) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            View view = new View();
            try {
                R result = program.execute(i, view);
                view.apply();
                outcomes.add(BlockRecord.line(i, result, null));
            } catch (Throwable e) {
                outcomes.add(BlockRecord.line(i, null, e));
            }
        }
        List<String> writes = new ArrayList<>();
        for (ByteBuffer key : written) {
            byte[] bytes = new byte[key.remaining()];
            key.get(0, bytes);
            writes.add(BlockRecord.write(bytes, state.get(key)));
        }
        return new BlockRecord(ExecutorMode.SEQUENTIAL, List.copyOf(outcomes), outcomes, writes);
    }

    private final class View implements TxView {

        /** Keys in the order of their first touch; what was written, or nothing. */
        private final Map<ByteBuffer, List<byte @Nullable []>> touched = new LinkedHashMap<>();

        void apply() {
            touched.forEach(
                    (key, values) -> {
                        if (!values.isEmpty()) {
                            state.put(key, values.getLast());
                            written.add(key);
                        }
                    });
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            ByteBuffer wrapped = ByteBuffer.wrap(key.clone());
            List<byte @Nullable []> own =
                    touched.computeIfAbsent(wrapped, absent -> new ArrayList<>());
            if (!own.isEmpty()) {
                return own.getLast();
            }
            return state.containsKey(wrapped) ? state.get(wrapped) : base.get(key);
        }

        @Override
        public void put(byte[] key, byte[] value) {
            set(key, value);
        }

        @Override
        public void delete(byte[] key) {
            set(key, null);
        }

        @Override
        public void add(byte[] key, long delta, long min, long max) {
            byte[] value = get(key);
            if (value != null && value.length != 8) {
                throw new NotACounterException(value.length);
            }
            long number =
                    value == null
                            ? 0
                            : ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
            BigInteger sum = BigInteger.valueOf(number).add(BigInteger.valueOf(delta));
            if (sum.compareTo(BigInteger.valueOf(min)) < 0
                    || sum.compareTo(BigInteger.valueOf(max)) > 0) {
                throw new BoundExceededException(number, delta, min, max);
            }
            ByteBuffer changed = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            set(key, changed.putLong(sum.longValueExact()).array());
        }

        @Override
        public void checkpoint() {}

        private void set(byte[] key, byte @Nullable [] value) {
            touched.computeIfAbsent(ByteBuffer.wrap(key.clone()), absent -> new ArrayList<>())
                    .add(value);
        }
    }
}
