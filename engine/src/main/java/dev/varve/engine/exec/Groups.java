package dev.varve.engine.exec;

import java.util.Arrays;

/** The groups in the queues of {@link OrderedPlan}: who may run beside whom, and who comes next. */
final class Groups {

    private int[] permissions = new int[64];
    private int[] sizes = new int[64];
    private int[] firstLinks = new int[64];
    private int[] lastLinks = new int[64];
    private int[] nexts = new int[64];
    private boolean[] follows = new boolean[64];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    /** Adds a link behind the last group of a queue, or into it; returns the last group then. */
    int enqueue(int tail, int link, Links links) {
        int permission = links.permission(link);
        if (tail != OrderedPlan.NONE
                && permission != Permission.WRITE
                && permissions[tail] == permission) {
            links.setNext(lastLinks[tail], link);
            lastLinks[tail] = link;
            sizes[tail]++;
            links.setGroup(link, tail);
            return tail;
        }
        int group = append(permission, link);
        links.setGroup(link, group);
        if (tail != OrderedPlan.NONE) {
            nexts[tail] = group;
            follows[group] = true;
        }
        return group;
    }

    boolean isAdding(int group) {
        return permissions[group] == Permission.ADD;
    }

    int size(int group) {
        return sizes[group];
    }

    int firstLink(int group) {
        return firstLinks[group];
    }

    /** The group behind, or {@link OrderedPlan#NONE}. */
    int next(int group) {
        return nexts[group];
    }

    /** Whether there is a group before. */
    boolean follows(int group) {
        return follows[group];
    }

    private int append(int permission, int link) {
        if (size == permissions.length) {
            int length = size * 2;
            permissions = Arrays.copyOf(permissions, length);
            sizes = Arrays.copyOf(sizes, length);
            firstLinks = Arrays.copyOf(firstLinks, length);
            lastLinks = Arrays.copyOf(lastLinks, length);
            nexts = Arrays.copyOf(nexts, length);
            follows = Arrays.copyOf(follows, length);
        }
        permissions[size] = permission;
        sizes[size] = 1;
        firstLinks[size] = link;
        lastLinks[size] = link;
        nexts[size] = OrderedPlan.NONE;
        follows[size] = false;
        return size++;
    }
}
