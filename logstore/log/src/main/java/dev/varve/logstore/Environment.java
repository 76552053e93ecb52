package dev.varve.logstore;

import dev.varve.logstore.run.CountedMemory;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What a store takes from outside besides its storage, so that tests can replay a run and can plant
 * the bugs that the crash tests must catch.
 *
 * @param random source of ids, keys and incarnations
 * @param frameChecksums makes the checksum over a frame
 * @param nanoClock tells when a force is due
 * @param memory counts what reading the log again takes
 * @param notedBytes a force that makes so many bytes durable is noted in the manifest
 */
record Environment(
        LongSupplier random,
        Supplier<? extends Checksum> frameChecksums,
        LongSupplier nanoClock,
        CountedMemory memory,
        long notedBytes) {

    /**
     * Recovery writes again what nobody is known to have forced. Noting costs two forces of a few
     * pages, which is little beside a force of this.
     */
    private static final long NOTED_BYTES = 16 << 20;

    /** On a disk that is nearly full, a force of so much is noted: recovery needs room for it. */
    static final long SETTLED_BYTES = 64 << 10;

    Environment(LongSupplier random, Supplier<? extends Checksum> frameChecksums) {
        this(random, frameChecksums, System::nanoTime);
    }

    Environment(
            LongSupplier random,
            Supplier<? extends Checksum> frameChecksums,
            LongSupplier nanoClock) {
        this(random, frameChecksums, nanoClock, new CountedMemory(), NOTED_BYTES);
    }

    Environment notingForcesOf(long bytes) {
        return new Environment(random, frameChecksums, nanoClock, memory, bytes);
    }

    static Environment real() {
        return new Environment(new SecureRandom()::nextLong, CRC32C::new);
    }
}
