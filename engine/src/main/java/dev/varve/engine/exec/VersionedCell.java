package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A key with what the unfinished transactions have written to it, ordered by transaction;
 * {@link Cell#value} is what the base holds. A version is a transaction in the upper half of a long
 * and its incarnation, which counts its executions, in the lower half.
 *
 * <p>Assumes: changes are made under the write lock of {@link #stripe}. {@link #resolve} runs under
 * the same lock, or without it if its result is thrown away unless the lock's stamp is unchanged.
 *
 * <p>Guarantees: {@link #resolve} without the lock ends and throws nothing, whatever mixture of old
 * and new fields it meets.
 *
 * <p>Progress: {@link #resolve} is wait-free; it looks at each entry once.
 */
final class VersionedCell extends Cell {

    private static final int MIN_ENTRIES = 4;

    /** In the place of a value: an addition. */
    private static final byte[] SUM = new byte[0];

    /** In the place of a value: the transaction is to be executed again and may write another. */
    private static final byte[] ESTIMATE = new byte[0];

    private static final byte[] NOTHING = new byte[0];

    Stripe stripe;

    private long[] versions = new long[MIN_ENTRIES];
    private byte[][] values = new byte[MIN_ENTRIES][];
    private long[] sums = new long[MIN_ENTRIES];
    private int count;

    /**
     * Whether a transaction of the block has read the key before it wrote it. Written under the
     * lock, read without.
     */
    private boolean isUpdated;

    /**
     * The last transaction that read the key once it {@link #isUpdated}, or -1: likely to write it.
     * No more than a guess, so it is read and written without the lock.
     */
    private int updater;

    VersionedCell(Stripe stripe) {
        this.stripe = stripe;
        Arrays.fill(values, NOTHING);
    }

    static long version(int transaction, int incarnation) {
        return (long) transaction << 32 | incarnation;
    }

    static int transaction(long version) {
        return (int) (version >>> 32);
    }

    void reset(byte[] key, long hash, Stripe newStripe) {
        reset(key, hash);
        stripe = newStripe;
        count = 0;
        isUpdated = false;
        updater = -1;
    }

    /** Drops the references to values. */
    void forgetValues() {
        forgetValue();
        Arrays.fill(values, NOTHING);
        count = 0;
    }

    void set(long version, byte[] value) {
        int at = entryFor(version);
        values[at] = value;
        versions[at] = version;
    }

    /** A transaction that has read the key writes it. Others will do so too. */
    void noteUpdate() {
        isUpdated = true;
    }

    /** A transaction reads the key and will likely write it, if others have. */
    void expectUpdate(int transaction) {
        if (isUpdated) {
            updater = transaction;
        }
    }

    /** A transaction that has read the key and is likely to write it, or -1. */
    int updater() {
        return updater;
    }

    void add(long version, long sum) {
        int at = entryFor(version);
        values[at] = SUM;
        sums[at] = sum;
        versions[at] = version;
    }

    /** Readers must not rely on what this version or an earlier execution of it has written. */
    void estimate(long version) {
        int at = entryFor(version);
        values[at] = ESTIMATE;
        versions[at] = version;
    }

    /** Removes what earlier executions of a transaction have written, if this one has not. */
    void retractOthers(long version) {
        int at = find(transaction(version));
        if (at >= 0 && versions[at] != version) {
            remove(at);
        }
    }

    /**
     * Joins the entries of transactions below the frontier, which nobody asks for one by one any
     * more: what remains of them is the last value set, and the sum of all additions since.
     */
    void collapse(int frontier) {
        int settled = 0;
        while (settled < count && transaction(versions[settled]) < frontier) {
            settled++;
        }
        if (settled < 2) {
            return;
        }
        int lastSet = settled - 1;
        long sum = 0;
        while (lastSet >= 0 && isSum(values[lastSet])) {
            sum += sums[lastSet];
            lastSet--;
        }
        int kept = 0;
        if (lastSet >= 0) {
            move(lastSet, kept++);
        }
        if (lastSet < settled - 1) {
            move(settled - 1, kept);
            sums[kept++] = sum;
        }
        if (kept < settled) {
            for (int i = settled; i < count; i++) {
                move(i, kept++);
            }
            truncate(kept);
        }
    }

    /** Finds what the key holds below a transaction. */
    void resolve(int transaction, Resolution out) {
        long[] atVersions = versions;
        byte[][] atValues = values;
        long[] atSums = sums;
        int last = Math.min(Math.min(count, atVersions.length), atValues.length);
        last = Math.min(last, atSums.length) - 1;
        boolean summed = false;
        long sum = 0;
        for (int i = last; i >= 0; i--) {
            long version = atVersions[i];
            if (transaction(version) >= transaction) {
                continue;
            }
            byte[] value = atValues[i];
            if (isSum(value)) {
                summed = true;
                sum += atSums[i];
            } else if (isEstimate(value)) {
                out.estimate(transaction(version));
                return;
            } else {
                report(out, value, version, summed, sum);
                return;
            }
        }
        report(out, value(), Resolution.BASE, summed, sum);
    }

    private static void report(
            Resolution out,
            byte @Nullable [] value,
            long version,
            boolean summed,
            long sum) {
        if (summed) {
            out.found(value, version, sum);
        } else {
            out.found(value, version);
        }
    }

    @SuppressWarnings("ReferenceEquality") // a mark
    private static boolean isSum(byte[] value) {
        return value == SUM;
    }

    @SuppressWarnings("ReferenceEquality") // a mark
    private static boolean isEstimate(byte[] value) {
        return value == ESTIMATE;
    }

    private int find(int transaction) {
        for (int i = count - 1; i >= 0; i--) {
            if (transaction(versions[i]) == transaction) {
                return i;
            }
        }
        return -1;
    }

    /** The entry of the version's transaction, made if there is none. */
    private int entryFor(long version) {
        int transaction = transaction(version);
        int at = count;
        while (at > 0 && transaction(versions[at - 1]) > transaction) {
            at--;
        }
        if (at > 0 && transaction(versions[at - 1]) == transaction) {
            return at - 1;
        }
        if (count == versions.length) {
            grow();
        }
        for (int i = count; i > at; i--) {
            move(i - 1, i);
        }
        count++;
        return at;
    }

    private void remove(int at) {
        for (int i = at + 1; i < count; i++) {
            move(i, i - 1);
        }
        truncate(count - 1);
    }

    private void move(int from, int to) {
        versions[to] = versions[from];
        values[to] = values[from];
        sums[to] = sums[from];
    }

    private void truncate(int newCount) {
        Arrays.fill(values, newCount, count, NOTHING);
        count = newCount;
    }

    private void grow() {
        int length = count * 2;
        versions = Arrays.copyOf(versions, length);
        byte[][] larger = Arrays.copyOf(values, length);
        Arrays.fill(larger, count, length, NOTHING);
        values = larger;
        sums = Arrays.copyOf(sums, length);
    }
}
