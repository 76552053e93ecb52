package dev.varve.bloom;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.logstore.io.Storage.Access;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.SimDisk;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Shards of several chunks, one behind the other through one buffer. */
final class ReadBufferTest {

    private static final IdHash HASH = IdHash.create(IdHashAlgorithm.FOLDED, 3, 4);
    private static final FilterHeader HEADER =
            new FilterHeader(new BloomGeometry(16, 7, 1_000), HASH);

    private static final int CHUNK = FilterShardDescriptor.CHUNK_LENGTH;
    private static final int PAGE = FilterShardDescriptor.PAGE_LENGTH;

    /** Lines of a KiB. */
    private static final int STEP = 16;

    private static final int ROUNDS = 40;

    private final SimDisk disk = new SimDisk();
    private final SplittableRandom random = new SplittableRandom(seed());

    private static long seed() {
        long seed = System.nanoTime();
        System.out.println("ReadBufferTest, seed " + seed);
        return seed;
    }

    /** What reading a file gave: the numbers of bad chunks, and the bits of good ones, else 0. */
    private record Reading(List<Integer> bad, MemorySegment bits) {}

    @Test
    void shouldReadTheHeaderAtOnceAndThenTwoChunksAtATime() {
        write("shard", bits(5 * CHUNK + 3 * PAGE + 1024));
        List<String> reads = new ArrayList<>();
        try (StorageFile file = disk.open("shard", Access.READ);
                ReadBuffer buffer = new ReadBuffer()) {
            StorageFile noted =
                    new ForwardingFile(file) {
                        @Override
                        public int read(MemorySegment destination, long offset) {
                            reads.add(offset + " " + destination.byteSize());
                            assertEquals(0, destination.address() % PAGE, "past the page cache");
                            return super.read(destination, offset);
                        }
                    };
            assertEquals(List.of(), read(noted, buffer).bad());
        }
        long data = 2L * PAGE;
        assertEquals(
                List.of(
                        "0 " + 16 * PAGE,
                        data + " " + 2 * CHUNK,
                        data + 2 * CHUNK + " " + 2 * CHUNK,
                        data + 4 * CHUNK + " " + (CHUNK + 4 * PAGE)),
                reads);
    }

    /** The twin knows which bytes of the file it has changed, and needs no checksum. */
    @Test
    void shouldFindEveryDamagedChunkAndNoOtherWhateverWasReadBefore() {
        try (ReadBuffer buffer = new ReadBuffer()) {
            for (int round = 0; round < ROUNDS; round++) {
                int length = 1024 * (1 + random.nextInt(5 * 1024));
                MemorySegment written = bits(length);
                String name = "shard-" + round;
                write(name, written);
                Set<Integer> damaged = damage(name, length);
                try (StorageFile file = disk.open(name, Access.READ_ONCE)) {
                    Reading reading = read(file, buffer);
                    assertEquals(List.copyOf(damaged), reading.bad(), "round " + round);
                    for (int chunk : damaged) {
                        chunk(written, chunk).fill((byte) 0xff);
                    }
                    assertEquals(-1, written.mismatch(reading.bits()), "round " + round);
                }
                disk.delete(name);
            }
        }
    }

    /** Flips bits of some chunks, and cuts off the end of every second file. */
    private Set<Integer> damage(String name, int length) {
        int chunks = FilterShardDescriptor.chunkCount(length);
        long data = FilterShardDescriptor.dataOffset(chunks);
        Set<Integer> damaged = new TreeSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            long at = random.nextInt(length);
            if (damaged.add((int) (at / CHUNK))) {
                disk.flipBit(name, 8 * (data + at));
            }
        }
        if (random.nextBoolean()) {
            int end = random.nextInt(length);
            try (StorageFile file = disk.open(name, Access.READ_WRITE)) {
                file.truncate(data + end);
            }
            for (int chunk = end / CHUNK; chunk < chunks; chunk++) {
                damaged.add(chunk);
            }
        }
        return damaged;
    }

    private static Reading read(StorageFile file, ReadBuffer buffer) {
        MemorySegment begin = buffer.begin(file);
        long lines = ShardFile.lines(begin, HEADER, file.name());
        ShardFile shardFile = new ShardFile(file, HEADER, 7, lines);
        ShardFile.Head head = shardFile.readHead(begin);
        assertEquals(77, head.position());
        byte[] bytes = new byte[(int) lines * LineProbe.LINE_LENGTH];
        MemorySegment bits = MemorySegment.ofArray(bytes);
        ShardFile.ChunkReader copying =
                new ShardFile.ChunkReader() {
                    @Override
                    public void begin(long ignored) {}

                    @Override
                    public void good(long offset, MemorySegment bytes) {
                        bits.asSlice(offset, bytes.byteSize()).copyFrom(bytes);
                    }

                    @Override
                    public void bad(long offset, MemorySegment bytes) {
                        good(offset, bytes.fill((byte) 0xff));
                    }
                };
        return new Reading(shardFile.readChunks(head, buffer, copying), bits);
    }

    private MemorySegment bits(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private static MemorySegment chunk(MemorySegment bits, int chunk) {
        long start = (long) chunk * CHUNK;
        return bits.asSlice(start, Math.min(CHUNK, bits.byteSize() - start));
    }

    private void write(String name, MemorySegment bits) {
        long lines = bits.byteSize() / 1024 * STEP;
        try (StorageFile file = disk.create(name)) {
            ShardFile shardFile = new ShardFile(file, HEADER, 7, lines);
            MemorySegment buffer = MemorySegment.ofArray(new byte[CHUNK]);
            shardFile.commit(
                    shardFile.writeBits(bits, buffer, BandwidthBudget.unlimited()), 77, 1);
        }
    }
}
