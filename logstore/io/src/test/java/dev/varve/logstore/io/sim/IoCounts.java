package dev.varve.logstore.io.sim;

import java.util.EnumMap;
import java.util.Map;

/**
 * How many calls were made and how many bytes they moved, exactly. Calls that failed are counted, with
 * the bytes that they moved before. Immutable.
 *
 * @param calls how many calls of each kind
 */
public record IoCounts(Map<IoCall, Long> calls, long bytesRead, long bytesWritten) {

    public IoCounts {
        calls = Map.copyOf(calls);
    }

    /** Calls of one kind. */
    public long of(IoCall kind) {
        return calls.getOrDefault(kind, 0L);
    }

    public long reads() {
        return of(IoCall.READ);
    }

    public long writes() {
        return of(IoCall.WRITE);
    }

    public long forces() {
        return of(IoCall.FORCE);
    }

    public long directoryForces() {
        return of(IoCall.FORCE_DIRECTORY);
    }

    /** What was added since {@code earlier}. */
    public IoCounts since(IoCounts earlier) {
        Map<IoCall, Long> added = new EnumMap<>(IoCall.class);
        calls.forEach((kind, count) -> added.put(kind, count - earlier.of(kind)));
        return new IoCounts(
                added, bytesRead - earlier.bytesRead, bytesWritten - earlier.bytesWritten);
    }
}
