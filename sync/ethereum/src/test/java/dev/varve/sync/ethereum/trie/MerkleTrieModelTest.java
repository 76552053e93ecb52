package dev.varve.sync.ethereum.trie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.sync.ethereum.crypto.Keccak256;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The trie and its naive twin in lock-step, over random schedules of everything a trie can do and
 * everything its store can do to it. A failure names the seed; {@code new
 * Schedule(seed).run(steps)} replays it.
 */
final class MerkleTrieModelTest {

    @Test
    void shouldEqualTheTwinWhateverHappens() {
        runSeeds(0, 1_000, 250);
    }

    @Test
    @Tag("nightly")
    void shouldEqualTheTwinWhateverHappensForLong() {
        runSeeds(1_000_000, 60_000, 400);
    }

    private static void runSeeds(long first, int count, int steps) {
        for (long seed = first; seed < first + count; seed++) {
            try {
                new Schedule(seed).run(steps);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /** How keys are made: what they share decides which kinds of node there are. */
    private enum Keys {
        /** Few symbols and any length: keys that are prefixes of others, and the empty key. */
        TANGLED,
        /** All of one length, with the nodes near the leaves embedded in their parents. */
        COUNTERS,
        /** As the state has them. */
        HASHED,
        /** A long way in common, so that there are long extensions. */
        LONG;

        byte[] key(Random random, int universe) {
            int id = random.nextInt(universe);
            return switch (this) {
                case TANGLED -> {
                    byte[] symbols = {0x00, 0x01, 0x10, (byte) 0xff};
                    ByteBuffer key = ByteBuffer.allocate(4);
                    for (int rest = id; rest > 0; rest = (rest - 1) / symbols.length) {
                        key.put(symbols[(rest - 1) % symbols.length]);
                    }
                    yield Arrays.copyOf(key.array(), key.position());
                }
                case COUNTERS -> ByteBuffer.allocate(4).putInt(id).array();
                case HASHED -> new Keccak256().hash(ByteBuffer.allocate(4).putInt(id).array());
                case LONG -> {
                    byte[] key = new byte[id % 3 == 0 ? 200 : MerkleTrie.MAX_KEY_LENGTH];
                    key[id % 150] = 1;
                    yield key;
                }
            };
        }
    }

    private static final class Schedule {

        private static final List<Keys> KEYS = List.of(Keys.values());

        private final Random random;
        private final Keys keys;
        private final int universe;
        /** How many of 70 changes are puts: decides how dense the trie gets. */
        private final int putShare;
        private TwinTrie twin = new TwinTrie();
        private TwinTrie saved = new TwinTrie();
        private final MapNodeStore store = new MapNodeStore();
        private MerkleTrie trie = MerkleTrie.open(store, MerkleTrie.emptyRoot());
        private byte[] savedRoot = MerkleTrie.emptyRoot();

        Schedule(long seed) {
            // Neighbouring seeds of Random begin alike: spread them, and take turns in the keys.
            random = new Random(seed * 0x9e3779b97f4a7c15L);
            keys = KEYS.get((int) (seed % KEYS.size()));
            universe = 1 + random.nextInt(keys == Keys.LONG ? 20 : 120);
            putShare = 20 + random.nextInt(30);
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                step(random.nextInt(100));
            }
            collect();
            reopen();
            for (byte[] key : twin.keys()) {
                assertArrayEquals(twin.get(key), trie.get(key));
            }
        }

        private void step(int dice) {
            if (dice < putShare) {
                put();
            } else if (dice < 70) {
                delete();
            } else if (dice < 80) {
                byte[] key = keys.key(random, universe);
                assertArrayEquals(twin.get(key), trie.get(key));
            } else if (dice < 86) {
                assertArrayEquals(twin.rootHash(), trie.rootHash());
            } else if (dice < 90) {
                trie.trim(random.nextInt(6));
            } else if (dice < 94) {
                collect();
            } else if (dice < 96) {
                collect();
                reopen();
            } else if (dice < 97) {
                failToCollect();
            } else if (dice < 99) {
                failToRead();
            } else if (random.nextBoolean()) {
                abandon();
            } else {
                deleteAll();
            }
        }

        private void put() {
            byte[] key = keys.key(random, universe);
            byte[] value = new byte[1 + random.nextInt(random.nextBoolean() ? 4 : 90)];
            random.nextBytes(value);
            trie.put(key, value);
            twin.put(key, value);
        }

        private void delete() {
            byte[] key = keys.key(random, universe);
            assertEquals(twin.delete(key), trie.delete(key));
        }

        private void collect() {
            trie.collectDirty(store.sink());
            commit();
            trie.collectDirty(store.sink());
            assertEquals(0, store.commit(), "all was collected");
        }

        private void commit() {
            store.commit();
            assertEquals(twin.records(), store.comparable());
            savedRoot = trie.rootHash();
            assertArrayEquals(twin.rootHash(), savedRoot);
            saved = twin.copy();
        }

        private void reopen() {
            trie = MerkleTrie.open(store, savedRoot);
        }

        /** Back to what the store has, as after a crash or for another branch of the chain. */
        private void abandon() {
            reopen();
            twin = saved.copy();
        }

        private void failToCollect() {
            store.failAfter(random.nextInt(8));
            try {
                trie.collectDirty(store.sink());
                commit();
            } catch (MapNodeStore.Failure e) {
                assertArrayEquals(twin.rootHash(), trie.rootHash());
            } finally {
                store.failAfter(MapNodeStore.NEVER);
            }
        }

        /** A change that fails is no change. */
        private void failToRead() {
            collect();
            trie.trim(random.nextInt(3));
            byte[] key = keys.key(random, universe);
            store.failAfter(random.nextInt(5));
            try {
                if (random.nextInt(3) == 0) {
                    trie.put(key, new byte[] {1});
                    twin.put(key, new byte[] {1});
                } else {
                    assertEquals(twin.get(key) != null, trie.delete(key));
                    twin.delete(key);
                }
            } catch (MapNodeStore.Failure e) {
                assertArrayEquals(twin.rootHash(), trie.rootHash());
                assertArrayEquals(twin.get(key), trie.get(key));
            } finally {
                store.failAfter(MapNodeStore.NEVER);
            }
        }

        private void deleteAll() {
            for (byte[] key : twin.keys()) {
                trie.delete(key);
                twin.delete(key);
            }
            assertArrayEquals(MerkleTrie.emptyRoot(), trie.rootHash());
        }
    }
}
