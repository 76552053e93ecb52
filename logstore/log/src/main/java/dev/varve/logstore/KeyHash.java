package dev.varve.logstore;

import dev.varve.bloom.IdHash;
import java.lang.foreign.MemorySegment;

/** The hash by which the indexes know a key: that of the key's bytes, moved apart by its table. */
final class KeyHash {

    /** 2^64 divided by the golden ratio: spreads small table ids over all bits. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private KeyHash() {}

    static long of(IdHash idHash, int table, MemorySegment memory, long offset, long length) {
        return idHash.high(memory, offset, length) ^ table * SPREAD;
    }

    static long of(IdHash idHash, RecordView record) {
        return of(
                idHash, record.table(), record.memory(), record.keyStart(), record.keyLength());
    }
}
