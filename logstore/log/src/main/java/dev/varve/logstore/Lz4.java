package dev.varve.logstore;

import net.jpountz.lz4.LZ4Factory;

/**
 * Which LZ4 is used: that of the C library where the embedder has enabled native access for it, as
 * loading it elsewhere prints a warning; else the one in Java that checks every bound. Both write
 * the same format.
 */
final class Lz4 {

    private static final LZ4Factory FACTORY =
            LZ4Factory.class.getModule().isNativeAccessEnabled()
                    ? LZ4Factory.fastestInstance()
                    : LZ4Factory.safeInstance();

    private Lz4() {}

    static LZ4Factory factory() {
        return FACTORY;
    }
}
