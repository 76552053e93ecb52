package dev.varve.jmh.peers;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * What every store here can do: a map from keys of 32 bytes to values of 100, filled in batches.
 *
 * <p>For one thread at a time. Whoever opened it closes it. What was put is found once it has been
 * committed; what was committed is found after closing and opening again. The store may keep the
 * arrays that it was given, so they must not be changed.
 */
interface PeerStore extends AutoCloseable {

    /** What {@link #get} returns for a key that the store does not hold. */
    int MISSING = -1;

    /** Adds a record to the batch, or replaces what the key had. */
    void put(byte[] key, byte[] value) throws IOException;

    /** Ends the batch; {@link Peer#promise()} says what that means. */
    void commit() throws IOException;

    /** Makes all that was committed survive a loss of power; {@link Peer#promise()} says how. */
    void force() throws IOException;

    /**
     * Copies the value of a key.
     *
     * @return the value's length, or {@link #MISSING}
     */
    int get(byte[] key, byte[] into) throws IOException;

    @Override
    void close() throws IOException;

    /** A store that can also show a value where it lies, without a copy. */
    interface Viewing extends PeerStore {

        /**
         * Hands the value to {@code reader}, valid only inside that call.
         *
         * @return whether the store holds the key
         */
        boolean view(byte[] key, Consumer<MemorySegment> reader) throws IOException;
    }
}
