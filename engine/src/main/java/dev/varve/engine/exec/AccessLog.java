package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys that one execution has touched, in the order of their first touch. A few are compared
 * one by one; more get an index. Reused without allocation; its cost follows what was used.
 *
 * <p>Belongs to one thread at a time; handed over by the state word of its transaction.
 */
final class AccessLog {

    /** Up to here comparing keys is cheaper than hashing them. */
    private static final int SCANNED = 6;

    private static final Access[] NOTHING = {};

    private Access[] accesses = NOTHING;
    private int size;

    /** Positions in {@link #accesses} plus one; only the first {@link #indexLength} are in use. */
    private int[] index = {};

    private int indexLength;

    int size() {
        return size;
    }

    Access get(int i) {
        return accesses[i];
    }

    /** Whether {@link #scan} finds everything; otherwise {@link #find} must be asked. */
    boolean isScanned() {
        return size <= SCANNED;
    }

    @Nullable Access scan(byte[] key) {
        for (int i = 0; i < size; i++) {
            Access access = accesses[i];
            if (Arrays.equals(access.cell.key(), key)) {
                return access;
            }
        }
        return null;
    }

    @Nullable Access find(byte[] key, long hash) {
        int mask = indexLength - 1;
        for (int at = (int) hash & mask; index[at] != 0; at = (at + 1) & mask) {
            Access access = accesses[index[at] - 1];
            if (access.cell.holds(key, hash)) {
                return access;
            }
        }
        return null;
    }

    /** Adds a cell that is not in the log. */
    Access append(Cell cell) {
        if (size == accesses.length) {
            accesses = Arrays.copyOf(accesses, Math.max(SCANNED + 2, size * 2));
        }
        Access access = accesses[size];
        if (access == null) {
            access = new Access(cell);
            accesses[size] = access;
        } else {
            access.open(cell);
        }
        size++;
        if (size > SCANNED) {
            addToIndex();
        }
        return access;
    }

    void clear() {
        if (indexLength > 0) {
            Arrays.fill(index, 0, indexLength, 0);
            indexLength = 0;
        }
        size = 0;
    }

    /** Drops the references to values too. */
    void forget() {
        clear();
        for (Access access : accesses) {
            if (access == null) {
                break;
            }
            access.forget();
        }
    }

    private void addToIndex() {
        if (size * 2 <= indexLength) {
            insert(size - 1);
            return;
        }
        int length = Math.max(SCANNED * 4, indexLength * 2);
        length = Integer.highestOneBit(length - 1) << 1;
        if (index.length < length) {
            index = new int[length];
        } else {
            Arrays.fill(index, 0, indexLength, 0);
        }
        indexLength = length; // last: a log outlives the error that ended an execution before this
        for (int i = 0; i < size; i++) {
            insert(i);
        }
    }

    private void insert(int i) {
        int mask = indexLength - 1;
        int at = (int) accesses[i].cell.hash() & mask;
        while (index[at] != 0) {
            at = (at + 1) & mask;
        }
        index[at] = i + 1;
    }
}
