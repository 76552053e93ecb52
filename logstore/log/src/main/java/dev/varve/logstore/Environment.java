package dev.varve.logstore;

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
 */
record Environment(
        LongSupplier random,
        Supplier<? extends Checksum> frameChecksums,
        LongSupplier nanoClock) {

    Environment(LongSupplier random, Supplier<? extends Checksum> frameChecksums) {
        this(random, frameChecksums, System::nanoTime);
    }

    static Environment real() {
        return new Environment(new SecureRandom()::nextLong, CRC32C::new);
    }
}
