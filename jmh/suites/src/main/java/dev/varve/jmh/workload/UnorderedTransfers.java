package dev.varve.jmh.workload;

import dev.varve.engine.exec.TxView;
import dev.varve.sync.ethereum.replay.BlockProgram;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One thread's share of a block of transfers, of which every thread executes some, all between the
 * same accounts, and without any order or lock: what a transaction reads is whatever some thread
 * wrote last. So the results are of no use. The time is what it costs two cores to have values in
 * common, and nothing else: a reference and a value of 8 bytes go from one core to the other for
 * each account that the other one wrote last.
 *
 * <p>All else is done as by a thread that has nothing in common with others: the view of a
 * sequential executor is asked and written too. For one thread.
 */
final class UnorderedTransfers implements BlockProgram<Void> {

    private final SyntheticTransfers block;
    private final int part;
    private final int parts;
    private final Values values;

    private UnorderedTransfers(SyntheticTransfers block, int part, int parts, Values values) {
        this.block = block;
        this.part = part;
        this.parts = parts;
        this.values = values;
    }

    /** The block's transactions dealt out to so many threads. */
    static List<UnorderedTransfers> deal(SyntheticTransfers block, int accounts, int parts) {
        Values values = new Values(accounts);
        List<UnorderedTransfers> dealt = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            dealt.add(new UnorderedTransfers(block, part, parts, values));
        }
        return dealt;
    }

    @Override
    public int count() {
        return block.count() / parts;
    }

    @Override
    public byte[] get(byte[] key) {
        return block.get(key);
    }

    @Override
    public @Nullable Void execute(int index, TxView own) {
        return block.execute(index * parts + part, new SharingView(values, own));
    }

    @Override
    public Precision precision() {
        return block.precision();
    }

    @Override
    public void declare(int index, KeySink sink) {
        block.declare(index * parts + part, sink);
    }

    /** The values that all threads have in common, each reference in cache lines of its own. */
    private static final class Values {

        /** 128 bytes of references; processors fetch lines in pairs. */
        private static final int CELL = 32;

        /** Cells for each account, so that few accounts, which are random bytes, share one. */
        private static final int SPARE = 16;

        private final AtomicReferenceArray<byte[]> cells;
        private final int mask;

        Values(int accounts) {
            int count = Integer.highestOneBit(SPARE * accounts);
            mask = count - 1;
            cells = new AtomicReferenceArray<>(count * CELL);
        }

        byte @Nullable [] get(byte[] key) {
            return cells.getAcquire(cell(key));
        }

        void set(byte[] key, byte[] value) {
            cells.setRelease(cell(key), value);
        }

        private int cell(byte[] key) {
            return (ByteBuffer.wrap(key).getInt() & mask) * CELL;
        }
    }

    /** Reads the values in common, once they were written, and writes both. */
    private record SharingView(Values values, TxView own) implements TxView {

        @Override
        public byte @Nullable [] get(byte[] key) {
            byte[] alone = own.get(key);
            byte[] common = values.get(key);
            return common == null ? alone : common;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            own.put(key, value);
            values.set(key, value);
        }

        @Override
        public void delete(byte[] key) {
            throw new UnsupportedOperationException("a transfer deletes nothing");
        }

        @Override
        public void add(byte[] key, long delta, long min, long max) {
            throw new UnsupportedOperationException("a transfer adds by writing");
        }

        @Override
        public void checkpoint() {
            own.checkpoint();
        }
    }
}
