package dev.varve.engine.dedup;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which ids are being decided, and by whom. Whoever holds the claim to an id alone may find out
 * whether it is absent, and add it. A claim is no lock: it is held across I/O, others see it and go
 * on with other ids. Safe for use by many threads; holds only what is in flight.
 */
class Claims {

    private final ConcurrentMap<PendingId, Reservation> holders = new ConcurrentHashMap<>();

    /** Takes the claim; or returns who holds it, maybe the taker. */
    @Nullable Reservation claim(PendingId id, Reservation taker) {
        return holders.putIfAbsent(id, taker);
    }

    /** Who holds the claim to an id, or null if it is free. */
    @Nullable Reservation holder(PendingId id) {
        return holders.get(id);
    }

    /** Gives the claim back if it is the holder's; harmless if it is not. */
    void release(PendingId id, Reservation holder) {
        holders.remove(id, holder);
    }

    /** Shows every claim that is held during the whole call, and maybe others. */
    void forEach(Consumer<PendingId> visitor) {
        holders.keySet().forEach(visitor);
    }

    int size() {
        return holders.size();
    }
}
