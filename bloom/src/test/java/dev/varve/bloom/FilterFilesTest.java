package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.FormatVersionException;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.Fault;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FilterFilesTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);

    /** Two chunks per shard, of which the second is short: 64 KiB. */
    private static final BloomGeometry TWO_CHUNKS = new BloomGeometry(17_408, 7, 1_000_000);

    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 1_000);
    private static final int IDS = 3_000;

    private SimDisk disk;
    private FilterFiles files;

    @BeforeEach
    void newDisk() {
        disk = new SimDisk();
        files = new FilterFiles(disk);
    }

    @Test
    void shouldFindEveryIdAgainWhenLoaded() {
        createAndClose(SMALL);
        try (BloomFilter filter = files.open(HASH)) {
            assertEquals(SMALL, filter.geometry());
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                assertFalse(filter.isLoaded(shard));
                ShardLoad load = files.load(filter, shard);
                assertEquals(new ShardLoad(shard, State.LOADED, 77, List.of()), load);
                assertFalse(filter.isLoaded(shard), "the log's tail may be missing");
                filter.publish(shard);
            }
            assertHoldsExactly(filter);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldLetTheSystemReadAheadForASingleLoaderThatHasNoHugePage(int loaders) {
        createAndClose(SMALL);
        Set<Access> ways = EnumSet.noneOf(Access.class);
        FilterFiles noted =
                new FilterFiles(
                        new ForwardingStorage(disk) {
                            @Override
                            public StorageFile open(String name, Access access) {
                                ways.add(access);
                                return super.open(name, access);
                            }
                        });
        try (BloomFilter filter = noted.open(HASH)) {
            ways.clear();
            List<ShardLoad> loads = new ArrayList<>();
            noted.loadEach(filter, loaders, loads::size, loads::add);
            assertEquals(BloomGeometry.SHARDS, loads.size());
            boolean huge = FilterMemory.best() == FilterMemory.HUGE_PAGES;
            assertEquals(Set.of(loaders > 1 || huge ? Access.READ_ONCE : Access.READ), ways);
        }
    }

    @Test
    void shouldAnswerFromTheFilesWhenClosedInOrder() {
        createAndClose(SMALL);
        assertEquals(77, files.closedPosition());
        try (BloomFilter filter = files.openReadOnly()) {
            assertHoldsExactly(filter);
            IdBatch batch = new IdBatch(filter.hash(), IDS);
            for (int i = 0; i < IDS; i++) {
                batch.put(BloomFilterTest.id(i), 0, 32);
            }
            filter.mayContain(batch);
            assertEquals(IDS, batch.trueAnswers());
            assertTrue(filter.estimate().ids() > 0.8 * IDS);
            assertThrows(
                    IllegalStateException.class,
                    () -> filter.add(BloomFilterTest.id(1), 0, 32));
            assertThrows(IllegalStateException.class, () -> filter.add(batch));
            assertThrows(
                    IllegalStateException.class,
                    () -> files.checkpoint(filter, 0, 1, BandwidthBudget.unlimited()));
        }
    }

    @Test
    void shouldRefuseReadOnlyUseWhenOpenedForAddingSince() {
        createAndClose(SMALL);
        try (BloomFilter filter = files.open(HASH)) {
            files.load(filter, 7);
        }
        assertThrows(StorageException.class, files::openReadOnly);
    }

    /** Shards to which nothing was added are not written again, and name a position before. */
    @Test
    void shouldDiscardTheMarkOfAFilterThatWasClosedBeyondTheLog() {
        createAndClose(SMALL);
        try (BloomFilter filter = openLoaded()) {
            files.closeInOrder(filter, 90);
        }
        files.open(HASH).close();
        files.discardBeyond(80);
        assertFalse(disk.exists(FilterClosedDescriptor.FILE_NAME));
        assertEquals(77, files.verify(5).position());
    }

    @Test
    void shouldRefuseReadOnlyUseWhenAShardIsNotTheOneThatWasClosed() {
        createAndClose(SMALL);
        copyOf("bloom-007.shard", "old");
        copyOf("bloom.closed", "mark");
        try (BloomFilter filter = openLoaded()) {
            files.checkpoint(filter, 7, 78, BandwidthBudget.unlimited());
        }
        disk.rename("mark", "bloom.closed");
        CorruptionException e = assertThrows(CorruptionException.class, files::openReadOnly);
        assertEquals("bloom-007.shard", e.file());
        disk.rename("old", "bloom-007.shard");
        files.openReadOnly().close();
    }

    @Test
    void shouldWriteOnlyShardsThatChangedWhenClosedAgain() {
        createAndClose(SMALL);
        try (BloomFilter filter = openLoaded()) {
            long before = disk.calls();
            files.closeInOrder(filter, 78);
            assertEquals(1 + 5, disk.calls() - before, "a force, and the five of the mark");
        }
        try (BloomFilter filter = openLoaded()) {
            filter.addHash(5L << 56, 0);
            assertTrue(filter.isDirty(5));
            files.closeInOrder(filter, 79);
        }
        assertEquals(79, files.verify(5).position());
        assertEquals(77, files.verify(6).position());
        files.openReadOnly().close();
    }

    /** The header is sound, and no memory has so many lines. */
    @Test
    void shouldNameTheSizeWhenThereIsNoMemoryForTheFilter() {
        BloomGeometry absurd = new BloomGeometry(1L << 40, 5, 1);
        try (StorageFile file = disk.create(FilterHeaderDescriptor.FILE_NAME)) {
            file.write(MemorySegment.ofArray(new FilterHeader(absurd, HASH).encode()), 0);
        }
        disk.create(FilterClosedDescriptor.FILE_NAME).close();
        StorageException refused = assertThrows(StorageException.class, this::openAndLoad);
        assertTrue(refused.getMessage().contains("" + (1L << 54)), refused::getMessage);
        assertTrue(disk.exists(FilterClosedDescriptor.FILE_NAME), "nothing was changed");
        assertTrue(refused.getMessage().contains("bloom.header"), refused::getMessage);
    }

    private void openAndLoad() {
        try (BloomFilter filter = files.open()) {
            assertTrue(filter.mayContainHash(1, 2), "who only asks needs no memory");
            files.load(filter, 0);
        }
    }

    /** Who waits for a force of the log waits for one piece at the most. */
    @ParameterizedTest
    @CsvSource({"256, 9", "32, 2"})
    void shouldForceEveryPieceOfACheckpointThatIsPaced(int mebibytesPerSecond, int pieces) {
        try (BloomFilter filter = files.create(TWO_CHUNKS, HASH)) {
            filter.addHash(3L << 56, 0);
            AtomicLong nowNs = new AtomicLong();
            long rate = (long) mebibytesPerSecond << 20;
            BandwidthBudget paced = new BandwidthBudget(rate, nowNs::get, nowNs::addAndGet);
            double bytes = 17_408 * 64.0 + (pieces - 1) * ShardFile.COST_OF_FORCE;
            long before = disk.calls();
            // One takes its name, the next one is made to be spare, the third is written over.
            for (int position = 1; position <= 3; position++) {
                before = disk.calls();
                long beforeNs = nowNs.get();
                files.checkpoint(filter, 3, position, paced);
                long last = position < 3 ? ShardFile.COST_OF_FILE : ShardFile.COST_OF_FORCE;
                assertEquals(
                        (bytes + last) / rate,
                        (nowNs.get() - beforeNs) / 1e9,
                        0.001,
                        "the bytes, and each force");
            }
            long inPieces = disk.calls() - before;
            files.checkpoint(filter, 3, 4, BandwidthBudget.unlimited());
            long atOnce = disk.calls() - before - inPieces;
            assertEquals(2 + 1 + 1 + 1, atOnce, "two chunks, header, force, directory");
            assertEquals(pieces - 2 + pieces - 1, inPieces - atOnce, "more writes and forces");
        }
        assertEquals(new ShardLoad(3, State.LOADED, 4, List.of()), files.verify(3));
    }

    @Test
    void shouldSetAllBitsOfADamagedChunkAndReportIt() {
        createAndClose(TWO_CHUNKS);
        long dataOffset = FilterShardDescriptor.dataOffset(2);
        disk.flipBit("bloom-003.shard", 8 * (dataOffset + 1_000_000) + 3);
        disk.flipBit("bloom-004.shard", 8 * (dataOffset + (1 << 20) + 5));
        assertEquals(List.of(0), files.verify(3).badChunks());
        try (BloomFilter filter = files.open(HASH)) {
            List<ShardLoad> damaged = new ArrayList<>();
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                ShardLoad load = files.load(filter, shard);
                if (!load.badChunks().isEmpty()) {
                    damaged.add(load);
                }
                filter.publish(shard);
            }
            assertEquals(
                    List.of(
                            new ShardLoad(3, State.LOADED, 77, List.of(0)),
                            new ShardLoad(4, State.LOADED, 77, List.of(1))),
                    damaged);
            for (int i = 0; i < IDS; i++) {
                assertTrue(filter.mayContain(BloomFilterTest.id(i), 0, 32), "id " + i);
            }
            MemorySegment three = BloomFilterTest.bits(filter, 3);
            MemorySegment ones = MemorySegment.ofArray(new byte[1 << 20]).fill((byte) 0xff);
            assertEquals(-1, three.asSlice(0, 1 << 20).mismatch(ones));
            assertTrue(three.asSlice(1 << 20).mismatch(ones) >= 0, "only that chunk");
            // The damaged file is not one to be closed with.
            files.closeInOrder(filter, 78);
        }
        assertEquals(List.of(), files.verify(3).badChunks());
        try (BloomFilter filter = files.openReadOnly()) {
            for (int i = 0; i < IDS; i++) {
                assertTrue(filter.mayContain(BloomFilterTest.id(i), 0, 32), "id " + i);
            }
        }
    }

    @Test
    void shouldReportAShardWithoutUsableFile() {
        createAndClose(SMALL);
        disk.flipBit("bloom-001.shard", 8 * FilterShardDescriptor.POSITION_OFFSET);
        disk.flipBit("bloom-002.shard", 8 * FilterShardDescriptor.TABLE_OFFSET);
        disk.delete("bloom-004.shard");
        try (StorageFile file = disk.open("bloom-003.shard", Access.READ_WRITE)) {
            file.truncate(20);
        }
        try (BloomFilter filter = files.open(HASH)) {
            assertEquals(State.DAMAGED, files.load(filter, 1).state());
            assertEquals(State.DAMAGED, files.load(filter, 2).state());
            assertEquals(State.DAMAGED, files.load(filter, 3).state());
            assertEquals(
                    new ShardLoad(4, State.MISSING, ShardLoad.NO_POSITION, List.of()),
                    files.load(filter, 4));
            assertTrue(filter.mayContainHash(1L << 56, 0), "maybe, as long as it is not published");
        }
    }

    @Test
    void shouldTreatAShardThatWasCutShortAsDamaged() {
        createAndClose(TWO_CHUNKS);
        try (StorageFile file = disk.open("bloom-003.shard", Access.READ_WRITE)) {
            file.truncate(file.length() - 1);
        }
        assertEquals(List.of(1), files.verify(3).badChunks());
        assertThrows(CorruptionException.class, files::openReadOnly);
    }

    @Test
    void shouldPassAReadErrorOnAndGoOnToAnswerMaybe() {
        createAndClose(SMALL);
        try (BloomFilter filter = files.open(HASH)) {
            disk.failReadFrom(disk.readCalls() + 1);
            assertThrows(StorageException.class, () -> files.load(filter, 0));
            disk.clearFaults();
            assertTrue(filter.mayContainHash(0, 0));
            assertEquals(State.LOADED, files.load(filter, 0).state());
        }
    }

    // ---- refusals name both values

    @Test
    void shouldRefuseAnotherKeyOrAlgorithm() {
        createAndClose(SMALL);
        IdHash otherKey = IdHash.create(IdHashAlgorithm.FOLDED, 3, 5);
        assertNames(
                assertThrows(StorageException.class, () -> files.open(otherKey)),
                Long.toHexString(HASH.selfTest()),
                Long.toHexString(otherKey.selfTest()));
        IdHash otherAlgorithm = IdHash.create(IdHashAlgorithm.SIPHASH, 3, 4);
        assertNames(
                assertThrows(StorageException.class, () -> files.open(otherAlgorithm)),
                "FOLDED",
                "SIPHASH");
    }

    @Test
    void shouldRefuseAnotherGeometry() {
        createAndClose(SMALL);
        BloomGeometry other = new BloomGeometry(32, 8, 1_000);
        assertNames(
                assertThrows(StorageException.class, () -> files.open(other, HASH)),
                SMALL.toString(),
                other.toString());
        files.open(SMALL, HASH).close();
    }

    @Test
    void shouldRefuseAnotherShardCountLayoutVersionOrAlgorithmCode() {
        assertRefused(FilterHeaderDescriptor.SHARD_COUNT_OFFSET, 128, "256", "128");
        assertRefused(FilterHeaderDescriptor.LAYOUT_OFFSET, 2, "expected 1", "has 2");
        assertRefused(FilterHeaderDescriptor.VERSION_OFFSET, 9, "expected 1", "has 9");
        assertRefused(FilterHeaderDescriptor.ALGORITHM_OFFSET, 7, "hash algorithm", "7");
        assertRefused(FilterHeaderDescriptor.WORDS_PER_ID_OFFSET, 4, "geometry", "");
        assertRefused(FilterHeaderDescriptor.SECRET0_OFFSET, 99, "self-test", "");
    }

    /** A header that is sound but for one foreign value. */
    private void assertRefused(int offset, int value, String one, String other) {
        newDisk();
        createAndClose(SMALL);
        try (StorageFile file = disk.open("bloom.header", Access.READ_WRITE)) {
            MemorySegment header = MemorySegment.ofArray(new byte[FilterHeaderDescriptor.LENGTH]);
            file.read(header, 0);
            header.set(IdHash.LE_INT, offset, value);
            int crc = Checksum.of(header.asSlice(0, FilterHeaderDescriptor.CRC_OFFSET));
            header.set(IdHash.LE_INT, FilterHeaderDescriptor.CRC_OFFSET, crc);
            file.write(header, 0);
        }
        assertNames(
                assertThrows(FormatVersionException.class, () -> files.open(HASH)), one, other);
    }

    @Test
    void shouldRefuseAShardFileOfAnotherPlace() {
        createAndClose(SMALL);
        copyOf("bloom-001.shard", "copy");
        disk.rename("copy", "bloom-002.shard");
        assertNames(
                assertThrows(StorageException.class, () -> files.verify(2)),
                "expected 2",
                "has 1");
    }

    @Test
    void shouldNoticeADamagedHeader() {
        createAndClose(SMALL);
        disk.flipBit("bloom.header", 8 * FilterHeaderDescriptor.LINES_PER_SHARD_OFFSET);
        assertThrows(CorruptionException.class, () -> files.open(HASH));
        disk.flipBit("bloom.header", 8 * FilterHeaderDescriptor.LINES_PER_SHARD_OFFSET);
        disk.flipBit("bloom.header", 0);
        assertThrows(CorruptionException.class, () -> files.open(HASH));
    }

    @Test
    void shouldNotCreateOverAFilter() {
        files.create(SMALL, HASH).close();
        assertThrows(IllegalStateException.class, () -> files.create(SMALL, HASH));
        try (BloomFilter filter = openPublished()) {
            files.checkpoint(filter, 0, 1, BandwidthBudget.unlimited());
        }
        disk.delete("bloom.header");
        assertThrows(StorageException.class, () -> files.create(SMALL, HASH));
    }

    // ---- checkpoints

    @Test
    void shouldRefuseToCheckpointAShardThatMayLackIds() {
        files.create(SMALL, HASH).close();
        try (BloomFilter filter = files.open(HASH)) {
            BandwidthBudget budget = BandwidthBudget.unlimited();
            assertThrows(
                    IllegalStateException.class, () -> files.checkpoint(filter, 9, 1, budget));
            assertThrows(IllegalStateException.class, () -> files.closeInOrder(filter, 1));
            filter.publish(9);
            files.checkpoint(filter, 9, 1, budget);
            assertThrows(
                    IllegalArgumentException.class, () -> files.checkpoint(filter, 9, -1, budget));
        }
    }

    @Test
    void shouldKeepTheOldCheckpointAndTheDirtyMarkWhenOneFails() {
        for (Fault fault : Fault.values()) {
            newDisk();
            createAndClose(SMALL);
            try (BloomFilter filter = openLoaded()) {
                long first = disk.calls() + 1;
                files.checkpoint(filter, 5, 78, BandwidthBudget.unlimited());
                long calls = disk.calls() + 1 - first;
                for (int call = 0; call < calls; call++) {
                    filter.addHash((5L << 56) + call, call);
                    long position = 100L + call;
                    disk.failAt(disk.calls() + 1 + call, fault);
                    assertThrows(
                            StorageException.class,
                            () ->
                                    files.checkpoint(
                                            filter, 5, position, BandwidthBudget.unlimited()),
                            fault + " at call " + call);
                    disk.clearFaults();
                    assertTrue(filter.isDirty(5), fault + " at call " + call);
                    assertEquals(State.LOADED, files.verify(5).state());
                }
                files.checkpoint(filter, 5, 200, BandwidthBudget.unlimited());
                assertFalse(filter.isDirty(5));
                assertEquals(200, files.verify(5).position());
            }
        }
    }

    /** The log has what it lacks; whoever replays that may close the filter in order. */
    @Test
    void shouldWriteADamagedShardAgainWhoseLoadingEndedInAnError() {
        createAndClose(SMALL);
        disk.flipBit("bloom-007.shard", 8 * FilterShardDescriptor.dataOffset(1));
        AtomicBoolean failing = new AtomicBoolean();
        FilterFiles few = new FilterFiles(failingToClose(failing));
        try (BloomFilter filter = few.open(HASH)) {
            failing.set(true);
            assertThrows(OutOfMemoryError.class, () -> few.load(filter, 7));
            failing.set(false);
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                filter.publish(shard);
            }
            few.closeInOrder(filter, 78);
        }
        assertEquals(new ShardLoad(7, State.LOADED, 78, List.of()), files.verify(7));
    }

    // ---- helpers

    private Storage failingToClose(AtomicBoolean failing) {
        return new ForwardingStorage(disk) {
            @Override
            protected StorageFile wrap(StorageFile file) {
                return new ForwardingFile(file) {
                    @Override
                    public void close() {
                        super.close();
                        if (failing.get()) {
                            throw new OutOfMemoryError("simulated");
                        }
                    }
                };
            }
        };
    }

    private void createAndClose(BloomGeometry geometry) {
        try (BloomFilter filter = files.create(geometry, HASH)) {
            for (int i = 0; i < IDS; i++) {
                filter.add(BloomFilterTest.id(i), 0, 32);
            }
            files.closeInOrder(filter, 77);
        }
    }

    private BloomFilter openLoaded() {
        BloomFilter filter = files.open(HASH);
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            files.load(filter, shard);
            filter.publish(shard);
        }
        return filter;
    }

    private BloomFilter openPublished() {
        BloomFilter filter = files.open(HASH);
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            filter.publish(shard);
        }
        return filter;
    }

    private void copyOf(String from, String to) {
        try (StorageFile in = disk.open(from, Access.READ);
                StorageFile out = disk.create(to)) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) in.length()]);
            in.read(bytes, 0);
            out.write(bytes, 0);
        }
    }

    private static void assertHoldsExactly(BloomFilter filter) {
        try (BloomFilter expected = BloomFilter.create(filter.geometry(), HASH)) {
            for (int i = 0; i < IDS; i++) {
                expected.add(BloomFilterTest.id(i), 0, 32);
                assertTrue(filter.mayContain(BloomFilterTest.id(i), 0, 32), "id " + i);
            }
            BloomFilterTest.assertSameBits(expected, filter, "after loading");
        }
    }

    private static void assertNames(StorageException e, String one, String other) {
        assertTrue(e.toString().contains(one), e::toString);
        assertTrue(e.toString().contains(other), e::toString);
    }
}
