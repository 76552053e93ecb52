package dev.varve.engine.exec;

import java.util.Objects;

/**
 * What executions under an {@link OrderedPlan} leave for their commit, since their logs are used
 * for the next transaction at once.
 *
 * <p>Assumes: a transaction's entries are written by who has executed it, before its state says so,
 * and read by the committer after that.
 */
final class OrderedResults {

    private static final int WROTE = 8;
    private static final int DEFERRED = 16;

    private OrderedPlan plan;

    /** By position in a transaction's accesses, in the order of first touch: the access. */
    private int[] touched = {};

    /** By access: the bits of {@link Access} and of this class, and what to add. */
    private byte[] uses = {};

    private long[] sums = {};

    /** By transaction. */
    private int[] touchedCounts = {};

    private long[] durationsNs = {};

    OrderedResults(OrderedPlan plan) {
        this.plan = plan;
    }

    void begin(OrderedPlan newPlan) {
        plan = newPlan;
        if (touched.length < plan.declarations().size()) {
            touched = new int[Math.max(plan.declarations().size(), touched.length * 2)];
            uses = new byte[touched.length];
            sums = new long[touched.length];
        }
        if (touchedCounts.length < plan.transactions()) {
            touchedCounts = new int[Math.max(plan.transactions(), touchedCounts.length * 2)];
            durationsNs = new long[touchedCounts.length];
        }
    }

    /** Keeps what a log says; sets the values that nobody shares. */
    void keep(int transaction, AccessLog log, boolean succeeded, long ns) {
        int first = plan.firstAccess(transaction);
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            touched[first + i] = access.declaration;
            uses[access.declaration] =
                    (byte) (access.calls | (succeeded ? applied(access) : 0));
        }
        touchedCounts[transaction] = log.size();
        durationsNs[transaction] = ns;
    }

    /** The transaction is final: makes its pending additions, notes its writes. */
    void commit(int transaction, BlockRun run) {
        int from = plan.firstAccess(transaction);
        int to = from + touchedCounts[transaction];
        measure(run, transaction, from, to);
        for (int i = from; i < to; i++) {
            int access = touched[i];
            int use = uses[access];
            if ((use & WROTE) != 0) {
                Cell cell = plan.declarations().cell(access);
                if ((use & DEFERRED) != 0) {
                    addTo(cell, sums[access]);
                }
                run.batch().record(cell);
            }
        }
    }

    private int applied(Access access) {
        return switch (access.write) {
            case NONE -> 0;
            case SET -> {
                access.cell.setValue(access.written);
                yield WROTE;
            }
            case ADD -> {
                sums[access.declaration] = access.sum;
                yield WROTE | DEFERRED;
            }
        };
    }

    private static void addTo(Cell cell, long sum) {
        byte[] value = Objects.requireNonNull(cell.value(), "loaded before the addition");
        assert Counters.isCounter(value) : "checked before the addition was left";
        cell.setValue(Counters.encode(Counters.decode(value) + sum));
    }

    private void measure(BlockRun run, int transaction, int from, int to) {
        DependencyMeter meter = run.meter();
        if (meter == null) {
            return;
        }
        meter.begin(durationsNs[transaction]);
        for (int i = from; i < to; i++) {
            meter.read(plan.declarations().cell(touched[i]), calls(touched[i]));
        }
        for (int i = from; i < to; i++) {
            if ((uses[touched[i]] & WROTE) != 0) {
                meter.wrote(plan.declarations().cell(touched[i]), calls(touched[i]));
            }
        }
        meter.end();
    }

    private int calls(int access) {
        return uses[access] & (WROTE - 1);
    }
}
