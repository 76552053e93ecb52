package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The groups in the queues of {@link OrderedPlan}: who may run beside whom, and who comes next. A
 * record of eight ints each, so that a queue's tail is one cache line wherever it lies:
 *
 * <pre>
 *   0 permission   of all members
 *   1 previous     group, or NONE
 *   2 size         number of links
 *   3 remaining    links that have not been passed; changed by workers
 *   4 first        link
 *   5 last         link
 *   6 next         group, or NONE
 *   7 nothing
 * </pre>
 *
 * <p>Built by one thread; then only {@code remaining} changes, atomically.
 */
final class Groups {

    private static final VarHandle INT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int PERMISSION = 0;
    private static final int PREVIOUS = 1;
    private static final int SIZE = 2;
    private static final int REMAINING = 3;
    private static final int FIRST = 4;
    private static final int LAST = 5;
    private static final int NEXT = 6;
    private static final int RECORD = 8;

    private int[] records = new int[64 * RECORD];
    private int used;

    void clear() {
        used = 0;
    }

    /** A group of one link behind a tail, which may be {@link OrderedPlan#NONE}. */
    int append(int tail, int permission, int link) {
        if (used == records.length) {
            records = Arrays.copyOf(records, Math.multiplyExact(used, 2));
        }
        int group = used;
        used += RECORD;
        records[group + PERMISSION] = permission;
        records[group + PREVIOUS] = tail;
        records[group + SIZE] = 1;
        records[group + REMAINING] = 1;
        records[group + FIRST] = link;
        records[group + LAST] = link;
        records[group + NEXT] = OrderedPlan.NONE;
        if (tail != OrderedPlan.NONE) {
            records[tail + NEXT] = group;
        }
        return group;
    }

    /** Whether a link may join a group: it does the same, and that does not exclude others. */
    boolean accepts(int group, int permission) {
        return permission != Permission.WRITE && records[group + PERMISSION] == permission;
    }

    /** Adds a link to a group; returns the link that was its last. */
    int join(int group, int link) {
        int last = records[group + LAST];
        records[group + LAST] = link;
        records[group + SIZE]++;
        records[group + REMAINING]++;
        return last;
    }

    boolean isAdding(int group) {
        return records[group + PERMISSION] == Permission.ADD;
    }

    int firstLink(int group) {
        return records[group + FIRST];
    }

    /** The group behind, or {@link OrderedPlan#NONE}. */
    int next(int group) {
        return records[group + NEXT];
    }

    /** The group before, or {@link OrderedPlan#NONE}. */
    int previous(int group) {
        return records[group + PREVIOUS];
    }

    /** A link is passed; true for the last one. Called by workers. */
    boolean pass(int group) {
        return records[group + SIZE] == 1
                || (int) INT.getAndAdd(records, group + REMAINING, -1) == 1;
    }
}
