package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What still has to happen before each transaction of an {@link OrderedPlan} may start.
 *
 * <p>Assumes: {@link #begin} runs before the workers start, and once for each plan, whose counts go
 * down in place; each link is passed exactly once, by whoever has finished its transaction there.
 *
 * <p>Guarantees: each transaction is reported ready exactly once, when all links of all groups
 * before its own have been passed; who runs it then sees what they did.
 *
 * <p>Progress: wait-free but for the number of successors.
 *
 * <p>Memory ordering: counts go down by atomic read-modify-write, so that the last one sees all
 * others. A count of one needs none, loaded with acquire: only the thread that loads it is left to
 * count it down, and the hand-over of its report orders the rest.
 */
final class OrderedGates {

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);

    private OrderedPlan plan;

    /** By transaction: groups before its own that are not done. */
    private int[] pending;

    /** Receives transactions that may start. */
    interface Ready {
        void accept(int transaction);
    }

    OrderedGates(OrderedPlan plan) {
        this.plan = plan;
        pending = plan.obstacles();
    }

    /** Begins with a plan of which nothing was passed. */
    void begin(OrderedPlan newPlan) {
        plan = newPlan;
        pending = newPlan.obstacles();
    }

    /** The transaction of a link is done there. */
    void pass(int link, Ready ready) {
        int successor = plan.links().successor(link);
        if (successor == Links.IN_GROUPS) {
            passInGroup(plan.links().group(link), ready);
        } else if (successor != OrderedPlan.NONE) {
            countDown(successor, ready);
        }
    }

    private void passInGroup(int group, Ready ready) {
        Groups groups = plan.groups();
        if (groups.pass(group) && groups.next(group) != OrderedPlan.NONE) {
            open(groups.next(group), ready);
        }
    }

    private void open(int group, Ready ready) {
        Links links = plan.links();
        int link = plan.groups().firstLink(group);
        while (link != OrderedPlan.NONE) {
            countDown(links.transaction(link), ready);
            link = links.next(link);
        }
    }

    private void countDown(int transaction, Ready ready) {
        if ((int) COUNT.getAcquire(pending, transaction) == 1
                || (int) COUNT.getAndAdd(pending, transaction, -1) == 1) {
            ready.accept(transaction);
        }
    }
}
