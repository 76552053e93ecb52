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

    /** How far the number of an access is above the bits of its use. */
    private static final int ACCESS_SHIFT = 8;

    /** Behind the last entry of a transaction that has not touched all that it declared. */
    private static final long END = -1;

    private OrderedPlan plan;

    /**
     * By position in a transaction's accesses, in the order of first touch: the access, and the
     * bits of {@link Access} and of this class. In one word, and with their end among them, since
     * transactions side by side are executed by several workers, which take each line from one
     * another.
     */
    private long[] touched = {};

    /** By access: what to add. */
    private long[] sums = {};

    /** By transaction, where time is measured. */
    private long[] durationsNs = {};

    OrderedResults(OrderedPlan plan) {
        this.plan = plan;
    }

    void begin(OrderedPlan newPlan) {
        plan = newPlan;
        if (touched.length < plan.declarations().size()) {
            touched = new long[Math.max(plan.declarations().size(), touched.length * 2)];
            sums = new long[touched.length];
        }
        if (durationsNs.length < plan.transactions()) {
            durationsNs = new long[Math.max(plan.transactions(), durationsNs.length * 2)];
        }
    }

    /** Keeps what a log says; sets the values that nobody shares. */
    void keep(int transaction, AccessLog log, boolean succeeded, long ns) {
        int to = plan.firstAccess(transaction);
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            int use = access.calls | (succeeded ? applied(access) : 0);
            touched[to++] = (long) access.declaration << ACCESS_SHIFT | use;
        }
        if (to < plan.firstAccess(transaction + 1)) {
            touched[to] = END;
        }
        if (durationsNs[transaction] != ns) {
            durationsNs[transaction] = ns;
        }
    }

    /** The transaction is final: makes its pending additions, notes its writes. */
    void commit(int transaction, BlockRun run) {
        int from = plan.firstAccess(transaction);
        int to = plan.firstAccess(transaction + 1);
        measure(run, transaction, from, to);
        for (int i = from; i < to && touched[i] != END; i++) {
            if (wrote(i)) {
                Cell cell = cell(i);
                if ((touched[i] & DEFERRED) != 0) {
                    addTo(cell, sums[access(i)]);
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
        for (int i = from; i < to && touched[i] != END; i++) {
            meter.read(cell(i), calls(i));
        }
        for (int i = from; i < to && touched[i] != END; i++) {
            if (wrote(i)) {
                meter.wrote(cell(i), calls(i));
            }
        }
        meter.end();
    }

    private int access(int i) {
        return (int) (touched[i] >>> ACCESS_SHIFT);
    }

    private Cell cell(int i) {
        return plan.declarations().cell(access(i));
    }

    private boolean wrote(int i) {
        return (touched[i] & WROTE) != 0;
    }

    private int calls(int i) {
        return (int) touched[i] & (WROTE - 1);
    }
}
