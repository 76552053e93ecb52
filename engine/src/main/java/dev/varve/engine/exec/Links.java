package dev.varve.engine.exec;

import java.util.Arrays;

/** The places of transactions in the groups of {@link OrderedPlan}, numbered as they were made. */
final class Links {

    private int[] transactions = new int[64];
    private int[] stripes = new int[64];
    private int[] permissions = new int[64];
    private int[] groups = new int[64];
    private int[] nexts = new int[64];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    int append(int transaction, int stripe, int permission) {
        if (size == transactions.length) {
            int length = size * 2;
            transactions = Arrays.copyOf(transactions, length);
            stripes = Arrays.copyOf(stripes, length);
            permissions = Arrays.copyOf(permissions, length);
            groups = Arrays.copyOf(groups, length);
            nexts = Arrays.copyOf(nexts, length);
        }
        transactions[size] = transaction;
        stripes[size] = stripe;
        permissions[size] = permission;
        nexts[size] = OrderedPlan.NONE;
        return size++;
    }

    void widen(int link, int permission) {
        permissions[link] = Permission.join(permissions[link], permission);
    }

    int transaction(int link) {
        return transactions[link];
    }

    int stripe(int link) {
        return stripes[link];
    }

    int permission(int link) {
        return permissions[link];
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
