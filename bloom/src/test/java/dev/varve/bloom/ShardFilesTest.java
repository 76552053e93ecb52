package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.bloom.ShardLoad.State;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.CrashModel;
import dev.varve.logstore.io.sim.ForwardingStorage;
import dev.varve.logstore.io.sim.IoCall;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which file a checkpoint goes to, and which of several is found again. */
final class ShardFilesTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
    private static final BloomGeometry SMALL = new BloomGeometry(16, 7, 1_000);

    private final SimDisk disk = new SimDisk();
    private final FilterFiles files = new FilterFiles(disk);
    private BloomFilter filter = files.create(SMALL, HASH);

    @BeforeEach
    void writeAll() {
        checkpointAll(10);
    }

    @AfterEach
    void closeFilter() {
        filter.close();
    }

    @Test
    void shouldMakeOneFileMoreAndDeleteItWhenAllShardsAreWrittenAgain() {
        long bytes = length();
        for (int position = 20; position <= 60; position += 10) {
            long creations = disk.counts().of(IoCall.CREATE);
            checkpointAll(position);
            assertEquals(1, disk.counts().of(IoCall.CREATE) - creations);
            assertEquals(BloomGeometry.SHARDS, shardFiles().size());
            assertEquals(bytes, length());
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                assertEquals(loaded(shard, position), files.verify(shard));
            }
        }
        reopen();
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            assertEquals(loaded(shard, 60), files.load(filter, shard));
        }
    }

    /** The simulated disk lets nobody write to what is mapped; a real one would show it changed. */
    @Test
    void shouldLeaveAClosedFilterAsItIsForWhoHasMappedIt() {
        filter.addHash(9L << 56, 1);
        files.closeInOrder(filter, 20);
        try (BloomFilter mapped = new FilterFiles(disk).openReadOnly()) {
            checkpointAll(30); // of the filter that was closed
            reopen();
            publishAll();
            checkpointAll(40);
            checkpointAll(50);
            assertTrue(mapped.mayContainHash(9L << 56, 1));
            assertFalse(mapped.mayContainHash(9L << 56, 2));
        }
    }

    /** What a crash leaves of a file that was being written over. */
    @Test
    void shouldUseTheOlderCheckpointWhenTheNewerWasCutShort() {
        files.checkpoint(filter, 5, 20, BandwidthBudget.unlimited());
        assertEquals(BloomGeometry.SHARDS + 1, shardFiles().size(), "the one before is spare");
        assertFound(5, loaded(5, 20));
        disk.flipBit("bloom-256.shard", 8 * FilterShardDescriptor.dataOffset(1));
        assertFound(5, loaded(5, 10));
        disk.flipBit("bloom-005.shard", 8 * FilterShardDescriptor.dataOffset(1));
        assertFound(5, new ShardLoad(5, State.LOADED, 20, List.of(0)));
        disk.flipBit("bloom-256.shard", 8 * FilterShardDescriptor.POSITION_OFFSET);
        assertFound(5, new ShardLoad(5, State.LOADED, 10, List.of(0)));
        disk.flipBit("bloom-005.shard", 8 * FilterShardDescriptor.POSITION_OFFSET);
        assertFound(5, new ShardLoad(5, State.DAMAGED, ShardLoad.NO_POSITION, List.of()));
        checkpointAll(30);
        assertEquals(BloomGeometry.SHARDS, shardFiles().size());
        assertFound(5, loaded(5, 30));
    }

    /** An older log was put back: nothing of the shard can be used, be it of an older position. */
    @Test
    void shouldDeleteAllCheckpointsOfAShardOfWhichOneIsBeyondTheEnd() {
        files.checkpoint(filter, 5, 20, BandwidthBudget.unlimited());
        reopen();
        files.discardBeyond(15);
        assertEquals(State.MISSING, files.load(filter, 5).state());
        assertEquals(loaded(4, 10), files.load(filter, 4));
        assertEquals(BloomGeometry.SHARDS - 1, shardFiles().size());
    }

    @Test
    void shouldTellAShardThatWasNeverWrittenFromADamagedOne() {
        SimDisk other = new SimDisk();
        FilterFiles few = new FilterFiles(other);
        try (BloomFilter written = few.create(SMALL, HASH)) {
            for (int position = 1; position <= 3; position++) {
                for (int shard = 0; shard < 4; shard++) {
                    few.checkpoint(written, shard, position, BandwidthBudget.unlimited());
                }
            }
        }
        for (String name : other.list()) {
            if (FilterShardDescriptor.isShardFile(name)) {
                other.flipBit(name, 8 * FilterShardDescriptor.POSITION_OFFSET);
            }
        }
        try (BloomFilter found = few.open(HASH)) {
            for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
                State expected = shard < 4 ? State.DAMAGED : State.MISSING;
                assertEquals(expected, few.load(found, shard).state(), "shard " + shard);
            }
        }
    }

    /** Else the next new file would take the name of one that counts. */
    @Test
    void shouldKnowItsFilesAfterTheyCouldNotBeListedOrDeleted() {
        AtomicBoolean failing = new AtomicBoolean();
        FilterFiles flaky = new FilterFiles(failingToDelete(disk, failing));
        filter.close();
        filter = flaky.open(HASH);
        publishAll();
        flaky.checkpointAll(filter, () -> 20, BandwidthBudget.unlimited());
        failing.set(true);
        assertThrows(
                StorageException.class,
                () -> flaky.checkpointAll(filter, () -> 30, BandwidthBudget.unlimited()));
        failing.set(false);
        flaky.checkpoint(filter, 5, 40, BandwidthBudget.unlimited());
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            assertFound(shard, loaded(shard, shard == 5 ? 40 : 30));
        }
    }

    /** One that has none takes the file of its number, which another shard may have left. */
    @Test
    void shouldGiveNoFileToTwoShards() {
        checkpointAll(20); // shard 1 goes to the file of number 0, and shard 0 to a new one
        disk.flipBit("bloom-256.shard", 8 * FilterShardDescriptor.POSITION_OFFSET);
        reopen();
        publishAll();
        files.checkpoint(filter, 1, 30, BandwidthBudget.unlimited());
        files.checkpoint(filter, 1, 40, BandwidthBudget.unlimited());
        files.checkpoint(filter, 0, 50, BandwidthBudget.unlimited());
        files.checkpoint(filter, 1, 60, BandwidthBudget.unlimited());
        assertFound(0, loaded(0, 50));
        assertFound(1, loaded(1, 60));
        files.closeInOrder(filter, 70);
    }

    /** It may lie in a bad place of the disk, or be gone. */
    @Test
    void shouldMakeAnotherFileWhenTheSpareOneCannotBeWritten() {
        FilterFiles flaky = new FilterFiles(failingToWriteOver(disk));
        filter.close();
        filter = flaky.open(HASH);
        publishAll();
        flaky.checkpointAll(filter, () -> 20, BandwidthBudget.unlimited());
        for (int position = 30; position < 100; position += 20) {
            int next = position;
            flaky.checkpoint(filter, 5, position, BandwidthBudget.unlimited());
            assertThrows(
                    StorageException.class,
                    () -> flaky.checkpoint(filter, 5, next + 10, BandwidthBudget.unlimited()));
            assertFound(5, loaded(5, position));
        }
        assertEquals(BloomGeometry.SHARDS, shardFiles().size(), "no spare one is left");
    }

    /** Another thread ends its checkpoint of all shards meanwhile. */
    @Test
    void shouldNotDeleteAFileThatIsBeingWritten() {
        ShardFiles found = new ShardFiles(disk);
        write(found, 7);
        found.forceDirectory();
        write(found, 7);
        ShardFiles.Place place = found.placeFor(7);
        assertTrue(place.inPlace());
        found.deleteOthers();
        assertTrue(disk.exists(place.name()));
        found.written(place);
        found.leave(place);
        assertEquals(place.name(), found.last(7));
        found.deleteOthers();
        assertEquals(List.of(place.name()), shardFiles());
    }

    /** And one that is being written by another thread stays. */
    @Test
    void shouldDeleteWhatACrashLeftWhenAllShardsAreWritten() {
        disk.create("bloom-301.tmp").close();
        checkpointAll(20);
        assertFalse(disk.exists("bloom-301.tmp"));
        disk.create("bloom-301.tmp").close();
        ShardFiles found = new ShardFiles(disk);
        ShardFiles.Place place = found.placeFor(7);
        found.open(place).close();
        found.deleteOthers();
        assertFalse(disk.exists("bloom-301.tmp"));
        found.written(place);
        assertTrue(disk.exists(place.name()));
        found.leave(place);
    }

    /** Of version 1, there was no generation. */
    @Test
    void shouldReadACheckpointOfTheFirstVersionAndReplaceIt() {
        try (StorageFile file = disk.open("bloom-005.shard", Access.READ_WRITE)) {
            MemorySegment head = MemorySegment.ofArray(new byte[FilterShardDescriptor.LENGTH]);
            file.read(head, 0);
            head.set(IdHash.LE_INT, FilterShardDescriptor.VERSION_OFFSET, 1);
            head.asSlice(FilterShardDescriptor.GENERATION_OFFSET).fill((byte) 0);
            head.set(IdHash.LE_INT, 52, Checksum.of(head.asSlice(0, 52)));
            file.write(head, 0);
        }
        assertFound(5, loaded(5, 10));
        publishAll();
        files.checkpoint(filter, 5, 20, BandwidthBudget.unlimited());
        files.checkpoint(filter, 5, 30, BandwidthBudget.unlimited());
        assertFound(5, loaded(5, 30));
    }

    // ---- helpers

    private static void write(ShardFiles files, int shard) {
        ShardFiles.Place place = files.placeFor(shard);
        files.open(place).close();
        files.written(place);
        files.leave(place);
    }

    private static Storage failingToDelete(Storage disk, AtomicBoolean failing) {
        return new ForwardingStorage(disk) {
            @Override
            public void delete(String name) {
                if (failing.get() && FilterShardDescriptor.isShardFile(name)) {
                    throw new StorageException("planted", name, 0, null);
                }
                super.delete(name);
            }
        };
    }

    private static Storage failingToWriteOver(Storage disk) {
        return new ForwardingStorage(disk) {
            @Override
            public StorageFile open(String name, Access access) {
                if (access == Access.READ_WRITE) {
                    throw new StorageException("planted", name, 0, null);
                }
                return super.open(name, access);
            }
        };
    }

    private void checkpointAll(int position) {
        filter.addHash(position * 0x9e37_79b9_7f4a_7c15L, position);
        files.checkpointAll(filter, () -> position, BandwidthBudget.unlimited());
    }

    private static ShardLoad loaded(int shard, int position) {
        return new ShardLoad(shard, State.LOADED, position, List.of());
    }

    private void assertFound(int shard, ShardLoad expected) {
        SimDisk after = disk.crash(CrashModel.KEEP_ALL, 0);
        FilterFiles found = new FilterFiles(after);
        assertEquals(expected, found.verify(shard));
        try (BloomFilter opened = found.open(HASH)) {
            assertEquals(expected, found.load(opened, shard));
        }
    }

    private void reopen() {
        filter.close();
        filter = files.open(HASH);
    }

    private void publishAll() {
        for (int shard = 0; shard < BloomGeometry.SHARDS; shard++) {
            filter.publish(shard);
        }
    }

    private List<String> shardFiles() {
        return disk.list().stream().filter(FilterShardDescriptor::isShardFile).toList();
    }

    private long length() {
        return shardFiles().stream()
                .mapToLong(
                        name -> {
                            try (StorageFile file = disk.open(name, Access.READ)) {
                                return file.length();
                            }
                        })
                .sum();
    }
}
