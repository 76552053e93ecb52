package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A fixed series of commits and the naive twin of what each leaves: commit {@code n} depends on
 * nothing but {@code n} and the seed, so that it can be made again after a crash, byte for byte.
 *
 * <p>The first two commits register the tables; the others put and delete in both.
 */
final class CommitScript {

    static final int KEYS = 24;
    static final int HEIGHTS = 12;
    private static final TableSpec ACCOUNTS =
            TableSpec.byKey("accounts").withReadAdvice(ReadAdvice.MAPPED);
    private static final TableSpec HEADERS = TableSpec.byHeight("headers");

    private final long seed;
    private final int largeEvery;
    private final TableSpec accountsSpec;

    /**
     * @param largeEvery every so many commits one is longer than a 64 KiB segment; 0 for never
     */
    CommitScript(long seed, int largeEvery) {
        this(seed, largeEvery, ACCOUNTS);
    }

    private CommitScript(long seed, int largeEvery, TableSpec accountsSpec) {
        this.seed = seed;
        this.largeEvery = largeEvery;
        this.accountsSpec = accountsSpec;
    }

    /** One in which a quarter of the values of one table are stored compressed. */
    static CommitScript compressing(long seed) {
        return new CommitScript(seed, 0, ACCOUNTS.withCompression(64));
    }

    /** Makes commit {@code n} in a store that holds all before; null if it registers a table. */
    @Nullable CommitTicket commit(LogStore store, long n) {
        if (n <= 2) {
            store.table(n == 1 ? accountsSpec : HEADERS);
            return null;
        }
        Table accounts = store.table(accountsSpec);
        Table headers = store.table(HEADERS);
        try (Batch batch = store.newBatch()) {
            for (Change change : changes(n)) {
                if (change.key != null && change.value != null) {
                    byte[] key = change.key.getBytes(StandardCharsets.UTF_8);
                    batch.put(accounts, n, key, change.value);
                } else if (change.key != null) {
                    batch.delete(accounts, n, change.key.getBytes(StandardCharsets.UTF_8));
                } else if (change.value != null) {
                    batch.put(headers, change.height, change.value);
                } else {
                    batch.delete(headers, change.height);
                }
            }
            return store.commit(batch);
        }
    }

    /** A put, or a delete if there is no value; by key, or by height if there is no key. */
    private static final class Change {
        private final @Nullable String key;
        private final long height;
        private final byte @Nullable [] value;

        Change(@Nullable String key, long height, byte @Nullable [] value) {
            this.key = key;
            this.height = height;
            this.value = value;
        }
    }

    private List<Change> changes(long n) {
        Random random = new Random(seed * 1_000_003 + n);
        List<Change> changes = new ArrayList<>();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            byte[] value = random.nextInt(5) == 0 ? null : bytes(random, length(random));
            boolean byKey = random.nextBoolean();
            String key = byKey ? "key-" + random.nextInt(KEYS) : null;
            changes.add(new Change(key, random.nextInt(HEIGHTS), value));
        }
        if (largeEvery > 0 && n % largeEvery == 0) {
            changes.add(new Change("key-large", 0, bytes(random, 90_000)));
        }
        return changes;
    }

    private static int length(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(100);
            case 2 -> random.nextInt(600);
            default -> random.nextInt(6_000);
        };
    }

    private byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        if (accountsSpec.compressFrom() > 0 && length % 4 == 1) {
            Arrays.fill(bytes, bytes[0]);
        }
        return bytes;
    }

    /** What the first {@code n} commits leave. */
    State stateAfter(long n) {
        State state = new State(new HashMap<>(), new TreeMap<>());
        for (long i = 3; i <= n; i++) {
            for (Change change : changes(i)) {
                if (change.key != null) {
                    put(state.accounts, change.key, change.value);
                } else {
                    put(state.headers, change.height, change.value);
                }
            }
        }
        return state;
    }

    private static <K> void put(Map<K, byte[]> map, K key, byte @Nullable [] value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    /** The twin's tables. */
    record State(Map<String, byte[]> accounts, TreeMap<Long, byte[]> headers) {}

    /** Fails unless a snapshot holds exactly what the first {@code n} commits leave. */
    void check(LogStore store, Snapshot snapshot, long n) {
        assertEquals(n >= 1, store.findTable("accounts") != null, "table accounts after " + n);
        assertEquals(n >= 2, store.findTable("headers") != null, "table headers after " + n);
        if (n < 2) {
            return;
        }
        State expected = stateAfter(n);
        Table accounts = store.table(accountsSpec);
        for (int i = 0; i <= KEYS; i++) {
            String key = i == KEYS ? "key-large" : "key-" + i;
            assertArrayEquals(
                    expected.accounts.get(key),
                    snapshot.get(accounts, key.getBytes(StandardCharsets.UTF_8)),
                    key + " after commit " + n);
        }
        Table headers = store.table(HEADERS);
        List<Long> heights = new ArrayList<>();
        snapshot.scan(
                headers,
                0,
                HEIGHTS,
                record -> {
                    heights.add(record.height());
                    assertArrayEquals(
                            expected.headers.get(record.height()), record.copyOfValue());
                    return Snapshot.ScanStep.CONTINUE;
                });
        assertEquals(List.copyOf(expected.headers.keySet()), heights, "heights after " + n);
        for (long height = 0; height < HEIGHTS; height++) {
            assertArrayEquals(expected.headers.get(height), snapshot.get(headers, height));
        }
    }

    static void checkVerifies(LogStore store) {
        VerifyReport report = store.verify();
        assertTrue(report.isClean(), () -> "verify found " + report.problems());
    }
}
