package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * The places of transactions in the groups of {@link OrderedPlan}, numbered as they were made. Built
 * by one thread, then only read.
 */
final class Links {

    private int[] transactions = new int[64];
    private int[] groups = new int[64];
    private int[] nexts = new int[64];
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
        }
        transactions[size] = transaction;
        nexts[size] = OrderedPlan.NONE;
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
}
