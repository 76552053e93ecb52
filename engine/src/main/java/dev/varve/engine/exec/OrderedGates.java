package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What still has to happen before each transaction of an {@link OrderedPlan} may start.
 *
 * <p>Assumes: {@link #begin} runs before the workers start; each link is passed exactly once, by
 * whoever has finished its transaction in that place.
 *
 * <p>Guarantees: each transaction is reported ready exactly once, when all links of all groups before
 * its own have been passed; who runs it then sees what they did.
 *
 * <p>Progress: wait-free but for the number of successors.
 *
 * <p>Memory ordering: counts go down by atomic read-modify-write, so that the last one sees all
 * others. A count that was one from the start needs none: the thread that passes the link is the one
 * that reports, and the hand-over of the report orders the rest.
 */
final class OrderedGates {

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);

    private final OrderedPlan plan;

    /** By group: links that have not been passed. */
    private int[] remaining = {};

    /** By transaction: groups before its own that are not done, at first and now. */
    private int[] obstacles = {};

    private int[] pending = {};

    /** Receives transactions that may start. */
    interface Ready {
        void accept(int transaction);
    }

    OrderedGates(OrderedPlan plan) {
        this.plan = plan;
    }

    /** Counts the obstacles; reports those that have none. */
    void begin(Ready ready) {
        Groups groups = plan.groups();
        if (remaining.length < groups.size()) {
            remaining = new int[Math.max(groups.size(), remaining.length * 2)];
        }
        for (int group = 0; group < groups.size(); group++) {
            remaining[group] = groups.size(group);
        }
        int count = plan.transactions();
        if (obstacles.length < count) {
            obstacles = new int[Math.max(count, obstacles.length * 2)];
            pending = new int[obstacles.length];
        }
        for (int transaction = 0; transaction < count; transaction++) {
            int found = countObstacles(transaction);
            obstacles[transaction] = found;
            pending[transaction] = found;
            if (found == 0) {
                ready.accept(transaction);
            }
        }
    }

    /** The transaction of a link is done there. */
    void pass(int link, Ready ready) {
        Groups groups = plan.groups();
        int group = plan.links().group(link);
        boolean isLast =
                groups.size(group) == 1 || (int) COUNT.getAndAdd(remaining, group, -1) == 1;
        int next = groups.next(group);
        if (isLast && next != OrderedPlan.NONE) {
            open(next, ready);
        }
    }

    private void open(int group, Ready ready) {
        Links links = plan.links();
        int link = plan.groups().firstLink(group);
        while (link != OrderedPlan.NONE) {
            int transaction = links.transaction(link);
            boolean isLast =
                    obstacles[transaction] == 1
                            || (int) COUNT.getAndAdd(pending, transaction, -1) == 1;
            if (isLast) {
                ready.accept(transaction);
            }
            link = links.next(link);
        }
    }

    private int countObstacles(int transaction) {
        int found = 0;
        int end = plan.firstLink(transaction + 1);
        for (int link = plan.firstLink(transaction); link < end; link++) {
            found += plan.groups().follows(plan.links().group(link)) ? 1 : 0;
        }
        return found;
    }
}
