package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.logstore.format.RecordDescriptor;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A record says the same whether or not its checksum was summed, which copies short ones. */
final class RecordViewTest {

    private static final String FILE = "file";
    private static final long SEED = 20_261_128;

    private final LogStore store = LogStore.open(new SimDisk(), CrashExplorer.SMALL);
    private final Table table = store.table(TableSpec.byKey("t"));
    private final Batch batch = store.newBatch();
    private final SplittableRandom random = new SplittableRandom(SEED);

    @AfterEach
    void close() {
        try (store) {
            batch.close();
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private RecordView view(byte[] key, byte[] value) {
        batch.clear().put(table, 7, key, value);
        return new RecordView().wrap(batch.memory(), 0, 0);
    }

    private static void check(RecordView view, byte[] key, byte[] value) {
        assertEquals(7, view.height());
        assertTrue(view.isPut() && !view.isDelete() && !view.isCompressed() && !view.isPadding());
        assertEquals(key.length, view.keyLength());
        assertEquals(value.length, view.storedLength());
        assertTrue(view.hasKey(MemorySegment.ofArray(key)));
        for (int i = 0; i < key.length; i++) {
            byte[] other = key.clone();
            other[i] ^= 1;
            assertFalse(view.hasKey(MemorySegment.ofArray(other)), "byte " + i);
        }
        assertFalse(view.hasKey(MemorySegment.ofArray(Arrays.copyOf(key, key.length + 1))));
        assertFalse(view.hasKey(MemorySegment.ofArray(Arrays.copyOf(key, key.length - 1))));
        byte[] copied = new byte[value.length + 3];
        view.copyStoredValueTo(MemorySegment.ofArray(copied));
        assertArrayEquals(Arrays.copyOf(value, copied.length), copied);
    }

    @Test
    void shouldSayTheSameWhenTheChecksumWasSummed() {
        for (int keyLength = 1; keyLength <= 40; keyLength++) {
            for (int valueLength : new int[] {0, 1, 100, 4_000, 5_000}) {
                byte[] key = bytes(keyLength);
                byte[] value = bytes(valueLength);
                RecordView view = view(key, value);
                check(view, key, value);
                view.checkCrc(FILE);
                check(view, key, value);
            }
        }
    }

    @Test
    void shouldForgetWhatItCopiedWhenItMovesOn() {
        RecordView view = view(bytes(8), bytes(100));
        view.checkCrc(FILE);
        byte[] key = bytes(9);
        byte[] value = bytes(50);
        batch.clear().put(table, 7, key, value);
        check(view.wrap(batch.memory(), 0, 0), key, value);
    }

    @Test
    void shouldFindEveryDamagedByte() {
        for (int valueLength : new int[] {20, 4_100}) {
            RecordView view = view(bytes(32), bytes(valueLength));
            MemorySegment memory = batch.memory();
            for (long i = 0; i < view.contentLength(); i++) {
                byte before = memory.get(ValueLayout.JAVA_BYTE, i);
                memory.set(ValueLayout.JAVA_BYTE, i, (byte) (before ^ 4));
                if (!isLength(i)) { // else it ends elsewhere, which the header's check tells
                    RecordView damaged = new RecordView().wrap(memory, 0, 0);
                    assertThrows(
                            CorruptionException.class, () -> damaged.checkCrc(FILE), "byte " + i);
                }
                memory.set(ValueLayout.JAVA_BYTE, i, before);
            }
        }
    }

    private static boolean isLength(long offset) {
        return offset >= RecordDescriptor.VALUE_LENGTH_OFFSET
                        && offset < RecordDescriptor.HEIGHT_OFFSET
                || offset >= RecordDescriptor.KEY_LENGTH_OFFSET
                        && offset < RecordDescriptor.KIND_OFFSET;
    }

    @Test
    void shouldTakeForPaddingWhatIsShorterThanAHeader() {
        RecordView view = new RecordView();
        MemorySegment memory = MemorySegment.ofArray(bytes(RecordDescriptor.LENGTH - 1));
        assertTrue(view.wrap(memory, 0, 4096 - memory.byteSize()).isPadding());
        assertTrue(view.wrap(MemorySegment.NULL, 0, 0).isPadding());
    }
}
