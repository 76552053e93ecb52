package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a key holds below a transaction, as far as it is known now. Filled by {@link
 * VersionedCell#resolve}; reused; belongs to one thread.
 */
final class Resolution {

    /** The version of what the base holds. */
    static final long BASE = -1;

    /**
     * The version of a value with additions on top; such values are compared, not their versions.
     */
    static final long SUMMED = -2;

    private static final int NOBODY = -1;

    /** Whether its thread may hold a key's lock, or has lost it; set without a call. */
    boolean isInside;

    private int redoing;
    private long version;
    private byte @Nullable [] value;
    private boolean summed;
    private long sum;

    void estimate(int writer) {
        redoing = writer;
    }

    void found(byte @Nullable [] newValue, long newVersion) {
        redoing = NOBODY;
        value = newValue;
        version = newVersion;
        summed = false;
    }

    void found(byte @Nullable [] newValue, long newVersion, long newSum) {
        found(newValue, newVersion);
        summed = true;
        sum = newSum;
    }

    /** Whether the value is about to be replaced by the transaction {@link #writer}. */
    boolean isEstimate() {
        return redoing != NOBODY;
    }

    int writer() {
        return redoing;
    }

    /** Whether the base has to be asked first. */
    boolean lacksBase() {
        return value == null;
    }

    /** Whether additions stand on something that is not a counter: no valid execution sees this. */
    boolean isBroken() {
        return summed && value != null && !Counters.isCounter(value);
    }

    long version() {
        return summed ? SUMMED : version;
    }

    /** The value; allocated if additions are in it. */
    byte[] value() {
        byte[] below = known();
        return summed ? Counters.encode(number()) : below;
    }

    /** Whether a pending addition may be made to this value. */
    boolean allows(Access access) {
        if (isEstimate() || lacksBase() || !Counters.isCounter(known())) {
            return false;
        }
        long number = number();
        return number >= access.low && number <= access.high;
    }

    /** Whether an execution that has read this value or this version has read the right thing. */
    boolean confirms(Access access) {
        if (isEstimate()) {
            return false;
        }
        if (!summed && version == access.version) {
            return true;
        }
        if (lacksBase() || isBroken()) {
            return false;
        }
        byte[] read = access.value;
        if (summed) {
            return !Cell.isAbsent(read)
                    && Counters.isCounter(read)
                    && Counters.decode(read) == number();
        }
        byte[] now = known();
        return Cell.isAbsent(read) == Cell.isAbsent(now) && Arrays.equals(read, now);
    }

    private long number() {
        return Counters.decode(known()) + (summed ? sum : 0);
    }

    private byte[] known() {
        byte[] below = value;
        if (below == null) {
            throw new AssertionError("the base has not been asked");
        }
        return below;
    }
}
