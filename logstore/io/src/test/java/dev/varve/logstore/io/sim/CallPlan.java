package dev.varve.logstore.io.sim;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the calls to a {@link SimDisk} and tells which of them fail. Calls that can change the disk
 * and reads are numbered apart, both from 1. Guarded by the disk's lock.
 */
final class CallPlan {

    private final IoCounter counter = new IoCounter();
    private final Faults changeFaults = new Faults();
    private final Faults readFaults = new Faults();
    private long calls;
    private long readCalls;
    private long powerCutAt = Long.MAX_VALUE;
    private @Nullable String dead;

    /** Admits a call, which is to fail in the way returned. */
    @Nullable Fault next(IoCall kind, String file) {
        requirePower();
        if (kind.changes()) {
            if (calls + 1 >= powerCutAt) {
                kill("power cut at call " + powerCutAt + ", " + kind + " " + file);
                requirePower();
            }
            calls++;
        } else if (kind == IoCall.READ) {
            readCalls++;
        }
        counter.call(kind);
        if (kind.changes()) {
            return changeFaults.at(calls);
        }
        return kind == IoCall.READ ? readFaults.at(readCalls) : null;
    }

    void requirePower() {
        if (dead != null) {
            throw new SimPowerCut(dead);
        }
    }

    void kill(String why) {
        dead = why;
    }

    IoCounter counter() {
        return counter;
    }

    void cutPowerAt(long call) {
        powerCutAt = call;
    }

    Faults changeFaults() {
        return changeFaults;
    }

    Faults readFaults() {
        return readFaults;
    }

    long calls() {
        return calls;
    }

    long readCalls() {
        return readCalls;
    }

    /** Which numbers fail, and how. */
    static final class Faults {

        private final TreeMap<Long, Fault> once = new TreeMap<>();
        private final TreeMap<Long, Fault> sticky = new TreeMap<>();

        void addOnce(long number, Fault fault) {
            once.put(number, fault);
        }

        void addSticky(long number, Fault fault) {
            sticky.put(number, fault);
        }

        void clear() {
            once.clear();
            sticky.clear();
        }

        @Nullable Fault at(long number) {
            Fault fault = once.remove(number);
            if (fault != null) {
                return fault;
            }
            Map.Entry<Long, Fault> latest = sticky.floorEntry(number);
            return latest == null ? null : latest.getValue();
        }
    }
}
