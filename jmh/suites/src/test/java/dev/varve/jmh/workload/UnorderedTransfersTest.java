package dev.varve.jmh.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.varve.engine.exec.BlockExecutor;
import dev.varve.engine.exec.ExecutorMode;
import dev.varve.engine.exec.WriteBatch;
import dev.varve.sync.ethereum.replay.BlockProgram;
import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A limit that has nothing in common after all would be no other than that of independent work. */
final class UnorderedTransfersTest {

    private static final int ACCOUNTS = 10;
    private static final int TRANSFERS = 400;
    private static final int PARTS = 2;

    /** With it, no two accounts have one cell. */
    private static final int SEED = 7;

    /** Each account has 1 to begin with, and a transfer takes from one what it gives another. */
    @Test
    void shouldReadWhatTheOtherPartHasWritten() {
        SyntheticTransfers block = new SyntheticTransfers(ACCOUNTS, TRANSFERS, Work.NONE, SEED);

        List<UnorderedTransfers> parts = UnorderedTransfers.deal(block, ACCOUNTS, PARTS);
        Map<ByteBuffer, Long> common = valuesBehindEach(parts);
        assertEquals(ACCOUNTS, common.values().stream().mapToLong(Long::longValue).sum());

        // The same transactions by parts that know nothing of each other.
        List<UnorderedTransfers> alone =
                IntStream.range(0, PARTS)
                        .mapToObj(i -> UnorderedTransfers.deal(block, ACCOUNTS, PARTS).get(i))
                        .toList();
        assertNotEquals(common, valuesBehindEach(alone));
    }

    /** Executes one part behind the other, and returns what each account was written last. */
    private static Map<ByteBuffer, Long> valuesBehindEach(
            List<? extends BlockProgram<Void>> parts) {
        Map<ByteBuffer, Long> values = new HashMap<>();
        int executed = 0;
        for (BlockProgram<Void> part : parts) {
            try (BlockExecutor executor =
                    BlockExecutor.builder().mode(ExecutorMode.SEQUENTIAL).build()) {
                WriteBatch batch = part.executeOn(executor).batch();
                batch.forEach(
                        (key, value) ->
                                values.put(
                                        ByteBuffer.wrap(key.clone()),
                                        ByteBuffer.wrap(value)
                                                .order(ByteOrder.LITTLE_ENDIAN)
                                                .getLong()));
            }
            executed += part.count();
        }
        assertEquals(TRANSFERS, executed);
        assertEquals(ACCOUNTS, values.size(), "each account takes part");
        return values;
    }
}
