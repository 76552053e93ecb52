package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * What the transactions of a block have declared, access by access. Built by one thread, then only
 * read.
 */
final class Declarations {

    /** In a permission: others may add to the key at the same time. */
    private static final int DEFERRABLE = 8;

    private Cell[] cells = {};
    private int[] permissions = {};
    private long[] lows = {};
    private long[] highs = {};
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    int append(Cell cell, int permission) {
        if (size == cells.length) {
            int length = Math.max(64, Math.multiplyExact(size, 2));
            cells = Arrays.copyOf(cells, length);
            permissions = Arrays.copyOf(permissions, length);
            lows = Arrays.copyOf(lows, length);
            highs = Arrays.copyOf(highs, length);
        }
        cells[size] = cell;
        permissions[size] = permission;
        return size++;
    }

    void limit(int access, long low, long high) {
        lows[access] = low;
        highs[access] = high;
    }

    /** The same key again: the widest access holds. */
    void widen(int access, int permission, long low, long high) {
        boolean bothAdd = permissions[access] == Permission.ADD && permission == Permission.ADD;
        permissions[access] = Permission.join(permissions[access], permission);
        if (bothAdd) {
            limit(access, Math.min(lows[access], low), Math.max(highs[access], high));
        }
    }

    Cell cell(int access) {
        return cells[access];
    }

    int permission(int access) {
        return permissions[access] & (DEFERRABLE - 1);
    }

    long low(int access) {
        return lows[access];
    }

    long high(int access) {
        return highs[access];
    }

    void defer(int access) {
        permissions[access] |= DEFERRABLE;
    }

    boolean isDeferrable(int access) {
        return (permissions[access] & DEFERRABLE) != 0;
    }
}
