package dev.varve.logstore.io.sim;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Counts calls and bytes. Safe for use by many threads. */
final class IoCounter {

    private final Map<IoCall, AtomicLong> calls = new EnumMap<>(IoCall.class);
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();

    IoCounter() {
        for (IoCall kind : IoCall.values()) {
            calls.put(kind, new AtomicLong());
        }
    }

    void call(IoCall kind) {
        Objects.requireNonNull(calls.get(kind)).incrementAndGet();
    }

    void read(long bytes) {
        bytesRead.addAndGet(bytes);
    }

    void wrote(long bytes) {
        bytesWritten.addAndGet(bytes);
    }

    IoCounts snapshot() {
        Map<IoCall, Long> copy = new EnumMap<>(IoCall.class);
        calls.forEach((kind, count) -> copy.put(kind, count.get()));
        return new IoCounts(copy, bytesRead.get(), bytesWritten.get());
    }
}
