package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A key with what the unfinished transactions have written to it, ordered by transaction;
 * {@link Cell#value} is what the base holds. A version is a transaction in the upper half of a long
 * and its incarnation, which counts its executions, in the lower half.
 *
 * <p>Assumes: changes are made under the cell's lock. {@link #resolve} runs under it, or without it
 * if its result is thrown away unless the lock's stamp is still valid.
 *
 * <p>Guarantees: {@link #resolve} without the lock ends and throws nothing, whatever mixture of old
 * and new fields it meets.
 *
 * <p>Progress: {@link #resolve} is wait-free; it looks at each entry once.
 */
final class VersionedCell extends LockedCell {

    /** Entries in the cell itself: the last final one and the one that is being added to it. */
    private static final int NEAR = 2;

    private static final int MIN_FAR = 4;

    /** In the place of a value: an addition. */
    private static final byte[] SUM = new byte[0];

    /** In the place of a value: the transaction is to be executed again and may write another. */
    private static final byte[] ESTIMATE = new byte[0];

    private static final byte[] NOTHING = new byte[0];
    private static final long[] NO_NUMBERS = {};
    private static final byte[][] NO_VALUES = {};

    // Most keys never have more entries, and who finds the cell then has waited for its lines only.
    private long version0;
    private long version1;
    private long sum0;
    private long sum1;
    private byte[] value0 = NOTHING;
    private byte[] value1 = NOTHING;

    /** From the third entry on. */
    private long[] versions = NO_NUMBERS;

    private byte[][] values = NO_VALUES;
    private long[] sums = NO_NUMBERS;
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

    static long version(int transaction, int incarnation) {
        return (long) transaction << 32 | incarnation;
    }

    static int transaction(long version) {
        return (int) (version >>> 32);
    }

    @Override
    void reset(byte[] key, long hash) {
        super.reset(key, hash);
        count = 0;
        isUpdated = false;
        updater = -1;
    }

    /** Drops the references to values. */
    void forgetValues() {
        forgetValue();
        truncate(0);
    }

    void set(long version, byte[] value) {
        put(entryFor(version), version, value, 0);
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
        put(entryFor(version), version, SUM, sum);
    }

    /** Readers must not rely on what this version or an earlier execution of it has written. */
    void estimate(long version) {
        put(entryFor(version), version, ESTIMATE, 0);
    }

    /** Removes what earlier executions of a transaction have written, if this one has not. */
    void retractOthers(long version) {
        int at = find(transaction(version));
        if (at >= 0 && versionAt(at) != version) {
            remove(at);
        }
    }

    /**
     * Joins the entries of transactions below the frontier, which nobody asks for one by one any
     * more: what remains of them is the last value set, and the sum of all additions since.
     */
    void collapse(int frontier) {
        int settled = 0;
        while (settled < count && transaction(versionAt(settled)) < frontier) {
            settled++;
        }
        if (settled < 2) {
            return;
        }
        int lastSet = settled - 1;
        long sum = 0;
        while (lastSet >= 0 && isSum(valueAt(lastSet))) {
            sum += sumAt(lastSet);
            lastSet--;
        }
        int kept = 0;
        if (lastSet >= 0) {
            move(lastSet, kept++);
        }
        if (lastSet < settled - 1) {
            put(kept++, versionAt(settled - 1), SUM, sum);
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
        long[] farVersions = versions;
        byte[][] farValues = values;
        long[] farSums = sums;
        int far = Math.min(Math.min(farVersions.length, farValues.length), farSums.length);
        boolean summed = false;
        long sum = 0;
        for (int i = Math.min(count, NEAR + far) - 1; i >= 0; i--) {
            long version = i < NEAR ? nearVersion(i) : farVersions[i - NEAR];
            if (transaction(version) >= transaction) {
                continue;
            }
            byte[] value = i < NEAR ? nearValue(i) : farValues[i - NEAR];
            if (isSum(value)) {
                summed = true;
                sum += i < NEAR ? nearSum(i) : farSums[i - NEAR];
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

    private long nearVersion(int at) {
        return at == 0 ? version0 : version1;
    }

    private byte[] nearValue(int at) {
        return at == 0 ? value0 : value1;
    }

    private long nearSum(int at) {
        return at == 0 ? sum0 : sum1;
    }

    private long versionAt(int at) {
        return at < NEAR ? nearVersion(at) : versions[at - NEAR];
    }

    private byte[] valueAt(int at) {
        return at < NEAR ? nearValue(at) : values[at - NEAR];
    }

    private long sumAt(int at) {
        return at < NEAR ? nearSum(at) : sums[at - NEAR];
    }

    private void put(int at, long version, byte[] value, long sum) {
        switch (at) {
            case 0 -> {
                version0 = version;
                value0 = value;
                sum0 = sum;
            }
            case 1 -> {
                version1 = version;
                value1 = value;
                sum1 = sum;
            }
            default -> {
                versions[at - NEAR] = version;
                values[at - NEAR] = value;
                sums[at - NEAR] = sum;
            }
        }
    }

    private int find(int transaction) {
        for (int i = count - 1; i >= 0; i--) {
            if (transaction(versionAt(i)) == transaction) {
                return i;
            }
        }
        return -1;
    }

    /** The entry of the version's transaction, made if there is none. */
    private int entryFor(long version) {
        int transaction = transaction(version);
        int at = count;
        while (at > 0 && transaction(versionAt(at - 1)) > transaction) {
            at--;
        }
        if (at > 0 && transaction(versionAt(at - 1)) == transaction) {
            return at - 1;
        }
        if (count == NEAR + versions.length) {
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
        put(to, versionAt(from), valueAt(from), sumAt(from));
    }

    /** Drops entries, with the references to their values. */
    private void truncate(int newCount) {
        for (int i = newCount; i < count; i++) {
            put(i, 0, NOTHING, 0);
        }
        count = newCount;
    }

    private void grow() {
        int length = Math.max(MIN_FAR, versions.length * 2);
        byte[][] larger = Arrays.copyOf(values, length);
        Arrays.fill(larger, values.length, length, NOTHING);
        versions = Arrays.copyOf(versions, length);
        values = larger;
        sums = Arrays.copyOf(sums, length);
    }
}
