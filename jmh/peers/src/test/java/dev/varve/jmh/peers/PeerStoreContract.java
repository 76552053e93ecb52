package dev.varve.jmh.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What every store must do, as a program: it runs in the store's own process, with its flags. A
 * store and a {@link HashMap} get the same records and must give the same answers.
 */
final class PeerStoreContract {

    private static final int MAX_BATCH_RECORDS = 500;

    private final Peer peer;
    private final RunSpec spec;
    private final Path directory;
    private final Records records;
    private final SplittableRandom random;
    private final Map<Long, byte[]> twin = new HashMap<>();

    private PeerStoreContract(Peer peer, RunSpec spec, Path directory) {
        this.peer = peer;
        this.spec = spec;
        this.directory = directory;
        this.records = new Records(spec.seed());
        this.random = new SplittableRandom(spec.seed());
    }

    /** Arguments as those of {@link PeerMain}. */
    public static void main(String[] arguments) throws IOException {
        List<String> given = List.of(arguments);
        RunSpec spec = RunSpec.parse(given.subList(2, given.size()));
        Path directory = Files.createDirectory(Path.of(arguments[1], "store"));
        try {
            new PeerStoreContract(Peer.named(arguments[0]), spec, directory).run();
        } catch (LinkageError | RuntimeException e) {
            e.printStackTrace();
            System.exit(PeerMain.isLinkError(e) ? PeerMain.CANNOT_LOAD : 1);
        }
    }

    private void run() throws IOException {
        try (PeerStore store = open()) {
            checkAll(store);
            fill(store, spec.records() / 2);
            checkAll(store);
            // Not forced: closing alone must keep what was committed.
        }
        try (PeerStore store = open()) {
            checkAll(store);
            replaceSome(store);
            fill(store, spec.records());
            store.force();
            checkAll(store);
        }
        try (PeerStore store = open()) {
            checkAll(store);
        }
    }

    private PeerStore open() throws IOException {
        return peer.open(directory, spec.records());
    }

    private void fill(PeerStore store, long end) throws IOException {
        while (twin.size() < end) {
            long first = twin.size();
            long next = Math.min(end, first + random.nextInt(1, MAX_BATCH_RECORDS));
            for (long index = first; index < next; index++) {
                put(store, index, index);
            }
            store.commit();
            check(store, first, "the first of a batch");
            check(store, next - 1, "the last of a batch");
        }
    }

    private void replaceSome(PeerStore store) throws IOException {
        int known = twin.size();
        for (int i = 0; i < MAX_BATCH_RECORDS; i++) {
            put(store, random.nextInt(known), spec.records() + i);
        }
        // Twice in one batch: the later one counts.
        put(store, 0, 2 * spec.records());
        put(store, 0, 2 * spec.records() + 1);
        store.commit();
    }

    private void put(PeerStore store, long index, long valueIndex) throws IOException {
        byte[] key = new byte[Records.KEY_BYTES];
        byte[] value = new byte[Records.VALUE_BYTES];
        records.key(index, key);
        records.value(valueIndex, value);
        store.put(key, value);
        twin.put(index, value);
    }

    /** Every record that there is, and as many that there are not. */
    private void checkAll(PeerStore store) throws IOException {
        for (long index = 0; index < spec.records(); index++) {
            check(store, index, "record " + index);
        }
        byte[] key = new byte[Records.KEY_BYTES];
        for (long index = 0; index < spec.records(); index++) {
            records.absentKey(index, key);
            checkKey(store, key, null, "absent key " + index);
        }
        // A neighbour in every order of keys, and one with the same first bytes.
        records.key(0, key);
        key[Records.KEY_BYTES - 1]++;
        checkKey(store, key, null, "a neighbour of record 0");
    }

    private void check(PeerStore store, long index, String what) throws IOException {
        byte[] key = new byte[Records.KEY_BYTES];
        records.key(index, key);
        checkKey(store, key, twin.get(index), what);
    }

    private void checkKey(
            PeerStore store, byte[] key, byte @Nullable [] expected,
            String what) throws IOException {
        String message = what + " of " + twin.size() + ", seed " + spec.seed();
        byte[] copy = new byte[Records.VALUE_BYTES];
        int length = store.get(key, copy);
        if (expected == null) {
            assertEquals(PeerStore.MISSING, length, message);
        } else {
            assertEquals(expected.length, length, message);
            assertArrayEquals(expected, copy, message);
        }
        if (store instanceof PeerStore.Viewing viewing) {
            checkView(viewing, key, expected, message);
        }
    }

    private static void checkView(
            PeerStore.Viewing store,
            byte[] key,
            byte @Nullable [] expected,
            String message)
            throws IOException {
        byte[][] seen = new byte[1][0];
        boolean found = store.view(key, value -> seen[0] = bytesAndSum(value));
        if (expected == null) {
            assertFalse(found, message);
        } else {
            assertTrue(found, message);
            assertArrayEquals(expected, seen[0], message);
        }
    }

    /** The bytes, after both ways to add them up were compared. */
    private static byte[] bytesAndSum(MemorySegment value) {
        byte[] bytes = value.toArray(ValueLayout.JAVA_BYTE);
        assertEquals(Records.sum(bytes), Records.sum(value), () -> Arrays.toString(bytes));
        return bytes;
    }
}
