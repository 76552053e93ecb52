package dev.varve.engine.exec;

/**
 * One key as one execution has used it. Pooled by {@link AccessLog}; belongs to the thread that has
 * the right to the log.
 */
final class Access {

    /** The transaction read what earlier ones left. */
    static final int GOT = 1;

    /** The transaction put or deleted. */
    static final int PUT = 2;

    /** The transaction added to what earlier ones left. */
    static final int ADDED = 4;

    /** What the execution will do to the key. */
    enum Write {
        NONE,
        /** Set it to {@link Access#written}, which may be {@link Cell#ABSENT}. */
        SET,
        /** Add {@link Access#sum}. */
        ADD
    }

    Cell cell;

    /** What the program asked for, as bits: the same in every mode. */
    int calls;

    /** Whether {@link #value} is what earlier transactions left. */
    boolean loaded;

    byte[] value = Cell.ABSENT;

    /** Which version {@link #value} was; see {@link VersionedCell}. */
    long version;

    /**
     * Whether additions were made without knowing the value: it must be in [{@link #low}, {@link
     * #high}], even if the transaction has put something over it since.
     */
    boolean pending;

    Write write = Write.NONE;
    byte[] written = Cell.ABSENT;
    long sum;
    long low;
    long high;

    /** Where {@link OrderedPlan} has declared the access. */
    int declaration;

    /** What the transaction may do with the key; see {@link Permission}. */
    int permission = Permission.WRITE;

    /** What the transaction has added so far, held at the ends of the range of a long. */
    private long total;

    private long lowestTotal;
    private long highestTotal;

    Access(Cell cell) {
        this.cell = cell;
    }

    void open(Cell newCell) {
        cell = newCell;
        calls = 0;
        loaded = false;
        pending = false;
        write = Write.NONE;
        permission = Permission.WRITE;
        total = 0;
    }

    /** What may be added in total, if the permission is only to add. */
    void limit(long newLowestTotal, long newHighestTotal) {
        lowestTotal = newLowestTotal;
        highestTotal = newHighestTotal;
    }

    /** Counts an addition that was allowed; false if the total is not as declared. */
    boolean countAdded(long delta) {
        total = Counters.plusSaturated(total, delta);
        return permission != Permission.ADD || (total >= lowestTotal && total <= highestTotal);
    }

    void read(byte[] newValue, long newVersion) {
        value = newValue;
        version = newVersion;
        loaded = true;
    }

    void set(byte[] newValue) {
        write = Write.SET;
        written = newValue;
    }

    void beginAdding() {
        write = Write.ADD;
        pending = true;
        sum = 0;
        low = Long.MIN_VALUE;
        high = Long.MAX_VALUE;
    }

    /**
     * Adds to the pending sum and narrows the values for which it is allowed: the value v must keep
     * v + sum within [min, max] after this addition too.
     *
     * @return false if the sum would overflow; nothing is changed then
     */
    boolean accumulate(long delta, long min, long max) {
        long next = sum + delta;
        if (Counters.overflowed(sum, delta, next)) {
            return false;
        }
        sum = next;
        low = Math.max(low, lowestFor(min, next));
        high = Math.min(high, highestFor(max, next));
        if (exceedsLong(min, next) || exceedsLong(max, next)) {
            narrowWhereNothingFits(min, max, next);
        }
        return true;
    }

    /** Drops the references to values. */
    void forget() {
        value = Cell.ABSENT;
        written = Cell.ABSENT;
    }

    private static long lowestFor(long min, long total) {
        return Counters.minusSaturated(min, total);
    }

    private static long highestFor(long max, long total) {
        return Counters.minusSaturated(max, total);
    }

    private static boolean exceedsLong(long bound, long total) {
        long difference = bound - total;
        return ((bound ^ total) & (bound ^ difference)) < 0;
    }

    /** A bound that no long can keep allows no value at all. */
    private void narrowWhereNothingFits(long min, long max, long total) {
        boolean minAboveAll = exceedsLong(min, total) && min > total;
        boolean maxBelowAll = exceedsLong(max, total) && max < total;
        if (minAboveAll || maxBelowAll) {
            low = Long.MAX_VALUE;
            high = Long.MIN_VALUE;
        }
    }
}
