package dev.varve.jmh.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.engine.exec.DependencyStats;
import dev.varve.engine.exec.TxView;
import dev.varve.sync.ethereum.replay.BlockProgram;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CriticalPathTest {

    private static final int COUNT = 400;

    /** Transactions of which each reads and writes one key, and works for some microseconds. */
    private record OneKey(int keys) implements BlockProgram<Long> {

        @Override
        public int count() {
            return COUNT;
        }

        @Override
        public byte[] get(byte[] key) {
            return key;
        }

        @Override
        public Long execute(int index, TxView view) {
            byte[] key = {(byte) (index % keys), (byte) (index % keys >> 8)};
            byte[] value = view.get(key);
            long x = value == null ? 0 : value[0];
            for (int i = 0; i < 5_000; i++) {
                x = x * 31 ^ x >>> 7;
            }
            view.put(key, new byte[] {(byte) x});
            return x;
        }

        @Override
        public Precision precision() {
            return Precision.EXACT;
        }

        @Override
        public void declare(int index, KeySink sink) {
            sink.write(new byte[] {(byte) (index % keys), (byte) (index % keys >> 8)});
        }
    }

    @Test
    void shouldGainNothingWhenAllTransactionsAreInARow() {
        CriticalPath row = CriticalPath.measure(new OneKey(1), 9);
        assertEquals(1.0, row.bound(2));
        assertEquals(1.0, row.bound(16));
        assertEquals(COUNT, row.transactions());
        assertTrue(row.totalNs() > 0, row.toString());
    }

    /** One interruption may be as long as many transactions, but not in most executions. */
    @Test
    void shouldGainTheThreadsWhenNoTransactionDependsOnAnother() {
        CriticalPath free = CriticalPath.measure(new OneKey(COUNT), 21);
        assertEquals(2.0, free.bound(2), free.toString());
        assertEquals(4.0, free.bound(4), free.toString());
    }

    @Test
    void shouldGainWhatTheLongestChainAllowsWhenItIsShorterThanTheBlock() {
        CriticalPath path = CriticalPath.of(stats(6_000, 1_000));
        assertEquals(2, path.bound(2));
        assertEquals(4, path.bound(4));
        assertEquals(6, path.bound(16));
        assertEquals(6, path.speedUp(16, 0));
        assertEquals(2, path.speedUp(4, 125)); // 1,500 of rounds, 1,500 of the executor
    }

    @Test
    void shouldGainNothingWhenNoTimeWasMeasured() {
        assertEquals(1, CriticalPath.of(stats(0, 0)).bound(8));
    }

    private static DependencyStats stats(long totalNs, long longestNs) {
        return new DependencyStats(12, 0, 0, 0, 0, longestNs, totalNs, Map.of());
    }
}
