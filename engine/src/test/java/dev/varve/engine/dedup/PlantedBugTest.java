package dev.varve.engine.dedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.BloomFilter;
import dev.varve.bloom.BloomGeometry;
import dev.varve.bloom.FilterFiles;
import dev.varve.logstore.Batch;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.logstore.Table;
import dev.varve.logstore.io.sim.SimDisk;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/** Bugs that the checks of the other tests exist for, planted one at a time: each must show. */
final class PlantedBugTest {

    private static final BloomGeometry GEOMETRY = new BloomGeometry(16, 7, 10_000);

    /** A claim that is given back as soon as it was taken. */
    private static final class EarlyReleased extends Claims {
        @Override
        @Nullable Reservation claim(PendingId id, Reservation taker) {
            Reservation holder = super.claim(id, taker);
            release(id, taker);
            return holder;
        }
    }

    private static int copies(LogStore store, Table table) {
        int[] copies = new int[1];
        store.replay(
                0,
                record -> {
                    copies[0] += record.table() == table.id() ? 1 : 0;
                });
        return copies[0];
    }

    private static int reserveTwice(Claims claims) {
        try (LogStore store = LogStore.open(new SimDisk(), LogOptions.bulk());
                BloomFilter filter = BloomFilter.create(GEOMETRY, Gates.HASH);
                Batch one = store.newBatch();
                Batch other = store.newBatch()) {
            Table table = store.table(Gates.IDS);
            DuplicateGate gate = new DuplicateGate(store, table, filter, claims);
            gate.reserve(Gates.request(gate, 1), one);
            gate.reserve(Gates.request(gate, 1), other);
            store.commit(one);
            store.commit(other);
            return copies(store, table);
        }
    }

    @Test
    void shouldSeeAnIdTwiceWhenItsClaimIsReleasedEarly() {
        assertEquals(1, reserveTwice(new Claims()));
        assertEquals(2, reserveTwice(new EarlyReleased()));
    }

    /** Ids of a gate whose claims are not looked at while the filter grows. */
    private static long missingAfterGrowth(boolean registered) {
        SimDisk disk = new SimDisk();
        try (LogStore store = LogStore.open(disk, LogOptions.bulk());
                LogFilter filter =
                        LogFilter.create(store, new FilterFiles(disk), GEOMETRY, Gates.HASH);
                Batch batch = store.newBatch()) {
            Table table = store.table(Gates.IDS);
            DuplicateGate gate =
                    registered
                            ? DuplicateGate.over(store, table, filter)
                            : DuplicateGate.over(store, table, filter.filter());
            IdRequest request = Gates.request(gate, 1, 2, 3, 4, 5, 6, 7, 8);
            gate.reserve(request, batch);
            filter.growTo(40_000);
            while (filter.maintain(Long.MAX_VALUE, 1 << 20)) {
                // one pass after the other
            }
            assertTrue(filter.filter().capacity() >= 40_000, "it has grown");
            store.commit(batch);
            return filter.scrub(Long.MAX_VALUE).missing();
        }
    }

    @Test
    void shouldMissIdsWhenClaimsAreNotTakenAlongByGrowth() {
        assertEquals(0, missingAfterGrowth(true));
        assertEquals(8, missingAfterGrowth(false));
    }
}
