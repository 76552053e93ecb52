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
 */
record Environment(
        LongSupplier random,
        Supplier<? extends Checksum> frameChecksums,
        LongSupplier nanoClock,
        CountedMemory memory) {

    Environment(LongSupplier random, Supplier<? extends Checksum> frameChecksums) {
        this(random, frameChecksums, System::nanoTime);
    }

    Environment(
            LongSupplier random,
            Supplier<? extends Checksum> frameChecksums,
            LongSupplier nanoClock) {
        this(random, frameChecksums, nanoClock, new CountedMemory());
    }

    static Environment real() {
        return new Environment(new SecureRandom()::nextLong, CRC32C::new);
    }
}
