package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * The places of transactions in the groups of {@link OrderedPlan}, numbered as they were made.
 * Built by one thread, then only read.
 *
 * <p>Most groups are a writer with one other behind it. Their links say so themselves ({@link
 * #successor}): those of a transaction lie side by side, so who passes them waits for a part of a
 * cache line, and not for the lines of its groups, which then stay with the core that plans.
 */
final class Links {

    /** In the place of a successor: to be looked for in the groups. */
    static final int IN_GROUPS = -2;

    private int[] transactions = new int[64];
    private int[] groups = new int[64];
    private int[] nexts = new int[64];
    private int[] successors = new int[64];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    int append(int transaction) {
        if (size == transactions.length) {
            int length = Math.multiplyExact(size, 2);
            transactions = Arrays.copyOf(transactions, length);
            groups = Arrays.copyOf(groups, length);
            nexts = Arrays.copyOf(nexts, length);
            successors = Arrays.copyOf(successors, length);
        }
        transactions[size] = transaction;
        nexts[size] = OrderedPlan.NONE;
        successors[size] = OrderedPlan.NONE;
        return size++;
    }

    int transaction(int link) {
        return transactions[link];
    }

    int group(int link) {
        return groups[link];
    }

    void setGroup(int link, int group) {
        groups[link] = group;
    }

    /** The next link of the same group, or {@link OrderedPlan#NONE}. */
    int next(int link) {
        return nexts[link];
    }

    void setNext(int link, int next) {
        nexts[link] = next;
    }

    /**
     * The one transaction in the group behind, where the link is the only one of its group and does
     * not add; {@link OrderedPlan#NONE} if no group is behind; else {@link #IN_GROUPS}.
     */
    int successor(int link) {
        return successors[link];
    }

    /** A transaction alone stands behind the group of a link, as far as is known. */
    void setSuccessor(int link, int transaction) {
        if (successors[link] != IN_GROUPS) {
            successors[link] = transaction;
        }
    }

    /** The link is not the only one of its group, or adds, or several stand behind it. */
    void leaveToGroups(int link) {
        successors[link] = IN_GROUPS;
    }
}
