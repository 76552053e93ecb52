package dev.varve.engine.exec;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Every interleaving of workers that claim, execute, give up, recheck and settle transactions: each
 * access to a shared word is a step, and after each step any worker may go on. The states are those
 * of a real {@link TxStates}, which is set to what it was before each step; the workers do what
 * those of {@link SpeculativeEngine} do, with any outcome of a program and of a check.
 *
 * <p>Explored is each reachable state once. Throws {@link AssertionError} if two workers ever have
 * the right to one transaction, if one is final out of order, or if all are stuck before the end.
 */
final class StatusWordInterleavings {

    /** Where a worker is: what its next step will do. */
    private static final int LOOK = 0;

    private static final int CLAIMED = 1;
    private static final int OWNS = 2;
    private static final int OWNS_IN_SLOT = 3;
    private static final int SEES_LATER = 4;
    private static final int RECHECKS = 5;
    private static final int HAS_TOKEN = 6;
    private static final int SEES_FRONTIER = 7;
    private static final int SETTLES = 8;
    private static final int PASSES = 9;
    private static final int CHANGES_LATER = 10;
    private static final int CHANGES_FRONTIER = 11;

    /** Shared words, then the states of the transactions, then three words for each worker. */
    private static final int NEXT = 0;

    private static final int POSITION = 1;
    private static final int TOKEN = 2;
    private static final int STATES = 3;

    private static final List<Integer> WITH_RIGHT =
            List.of(OWNS, OWNS_IN_SLOT, RECHECKS, SETTLES, PASSES);

    /** How a worker takes a transaction from another state. */
    enum Taking {
        /** By one compare-and-set, as it should be. */
        AT_ONCE,
        /** By a look and a later store: the bug that the search has to find. */
        LOOK_THEN_SET
    }

    private final int workers;
    private final int count;
    private final int window;
    private final Taking taking;
    private final TxStates states;
    private final Set<List<Integer>> seen = new HashSet<>();
    private final Deque<int[]> open = new ArrayDeque<>();
    private int steps;

    StatusWordInterleavings(int workers, int count, int window, Taking taking) {
        this.workers = workers;
        this.count = count;
        this.window = window;
        this.taking = taking;
        this.states = new TxStates(window);
    }

    /** Explores everything; returns how many states there are. */
    int explore() {
        int[] first = new int[STATES + count + 3 * workers];
        Arrays.fill(first, STATES, STATES + count, TxStates.OTHER);
        visit(first);
        while (!open.isEmpty()) {
            int[] state = open.pop();
            int before = steps;
            for (int worker = 0; worker < workers; worker++) {
                step(state, STATES + count + 3 * worker);
            }
            if (steps == before && state[POSITION] < count) {
                throw new AssertionError("all are stuck: " + Arrays.toString(state));
            }
        }
        return seen.size();
    }

    private void visit(int[] state) {
        for (int transaction = 0; transaction < count; transaction++) {
            int owners = 0;
            for (int w = STATES + count; w < state.length; w += 3) {
                owners += WITH_RIGHT.contains(state[w]) && state[w + 1] == transaction ? 1 : 0;
            }
            boolean isFinal = state[STATES + transaction] == TxStates.COMMITTED;
            boolean isPassed = transaction < state[POSITION];
            if (owners > 1 || isPassed && !isFinal || isPassed && owners > 0) {
                throw new AssertionError(
                        "transaction " + transaction + " has " + owners + " owners: "
                                + Arrays.toString(state));
            }
        }
        if (seen.add(Arrays.stream(state).boxed().toList())) {
            open.push(state);
        }
    }

    private void step(int[] state, int w) {
        int transaction = state[w + 1];
        switch (state[w]) {
            case LOOK -> look(state, w);
            case CLAIMED -> store(state, w, TxStates.EXECUTING, OWNS);
            case OWNS -> {
                store(state, w, TxStates.EXECUTED, LOOK);
                store(state, w, TxStates.DEFERRED, LOOK);
                store(state, w, TxStates.NEEDS_SLOT, LOOK);
            }
            case OWNS_IN_SLOT -> store(state, w, TxStates.COMMITTED, PASSES);
            case SEES_LATER -> {
                int seenState = load(state, transaction);
                if (seenState == TxStates.DEFERRED || seenState == TxStates.EXECUTED) {
                    move(state, w, CHANGES_LATER, transaction, seenState);
                } else {
                    move(state, w, LOOK, 0, 0);
                }
            }
            case CHANGES_LATER ->
                    change(state, w, state[w + 2] == TxStates.EXECUTED ? RECHECKS : OWNS, LOOK);
            case RECHECKS -> {
                store(state, w, TxStates.EXECUTED, LOOK);
                store(state, w, TxStates.NEEDS_SLOT, LOOK);
                store(state, w, TxStates.EXECUTING, OWNS);
            }
            default -> settle(state, w);
        }
    }

    /** What only the holder of the token does, and who has committed at the frontier. */
    private void settle(int[] state, int w) {
        switch (state[w]) {
            case HAS_TOKEN -> {
                if (state[POSITION] < count) {
                    move(state, w, SEES_FRONTIER, state[POSITION], 0);
                } else {
                    giveTokenBack(state, w, LOOK);
                }
            }
            case SEES_FRONTIER -> {
                int seenState = load(state, state[w + 1]);
                if (isActionable(seenState)) {
                    move(state, w, CHANGES_FRONTIER, state[w + 1], seenState);
                } else {
                    giveTokenBack(state, w, LOOK);
                }
            }
            case CHANGES_FRONTIER -> {
                boolean isChecked = state[w + 2] == TxStates.EXECUTED;
                change(state, w, isChecked ? SETTLES : OWNS_IN_SLOT, HAS_TOKEN);
            }
            case SETTLES -> {
                store(state, w, TxStates.COMMITTED, PASSES);
                store(state, w, TxStates.EXECUTING, OWNS_IN_SLOT);
            }
            default -> {
                int[] passed = state.clone();
                passed[POSITION]++;
                // Who settled goes on with the token; who ran in the slot never had it.
                move(passed, w, state[w + 2] == TxStates.EXECUTED ? HAS_TOKEN : LOOK, 0, 0);
            }
        }
    }

    private void look(int[] state, int w) {
        int next = state[NEXT];
        if (next < count && next < state[POSITION] + window) {
            int[] claimed = state.clone();
            claimed[NEXT]++;
            move(claimed, w, CLAIMED, next, 0);
        }
        for (int later = state[POSITION]; later < next; later++) {
            if (state[STATES + later] != TxStates.COMMITTED) {
                move(state, w, SEES_LATER, later, 0);
            }
        }
        boolean hasWork = state[POSITION] < count && isActionable(load(state, state[POSITION]));
        if (hasWork && state[TOKEN] == 0) {
            int[] taken = state.clone();
            taken[TOKEN] = 1;
            move(taken, w, HAS_TOKEN, 0, 0);
        }
    }

    private static boolean isActionable(int state) {
        return state == TxStates.EXECUTED
                || state == TxStates.DEFERRED
                || state == TxStates.NEEDS_SLOT;
    }

    /** Takes the transaction from the state seen, or goes on without it. */
    private void change(int[] state, int w, int afterwards, int otherwise) {
        int transaction = state[w + 1];
        int from = state[w + 2];
        int to = from == TxStates.EXECUTED ? TxStates.CHECKING : TxStates.EXECUTING;
        restore(state);
        boolean isTaken = true;
        if (taking == Taking.LOOK_THEN_SET) {
            states.set(transaction, to);
        } else {
            isTaken = states.change(transaction, from, to);
        }
        int[] changed = state.clone();
        if (isTaken) {
            changed[STATES + transaction] = to;
        }
        if (isTaken && afterwards == OWNS_IN_SLOT) {
            giveTokenBack(changed, w, OWNS_IN_SLOT);
        } else if (isTaken) {
            move(changed, w, afterwards, transaction, from);
        } else {
            move(changed, w, otherwise, 0, 0);
        }
    }

    private void store(int[] state, int w, int value, int afterwards) {
        restore(state);
        states.set(state[w + 1], value);
        int[] changed = state.clone();
        changed[STATES + state[w + 1]] = value;
        if (state[w] == SETTLES && afterwards == OWNS_IN_SLOT) {
            giveTokenBack(changed, w, OWNS_IN_SLOT);
        } else {
            move(changed, w, afterwards, state[w + 1], state[w + 2]);
        }
    }

    private void giveTokenBack(int[] state, int w, int afterwards) {
        int[] given = state.clone();
        given[TOKEN] = 0;
        move(given, w, afterwards, state[w + 1], 0);
    }

    private int load(int[] state, int transaction) {
        restore(state);
        return states.get(transaction);
    }

    /** Sets the real words to those of a state: each slot to the latest transaction in it. */
    private void restore(int[] state) {
        states.begin();
        for (int transaction = 0; transaction < count; transaction++) {
            if (state[STATES + transaction] != TxStates.OTHER) {
                states.set(transaction, state[STATES + transaction]);
            }
        }
    }

    private void move(int[] state, int w, int place, int transaction, int from) {
        int[] moved = state.clone();
        moved[w] = place;
        moved[w + 1] = place == LOOK ? 0 : transaction;
        moved[w + 2] = place == LOOK ? 0 : from;
        steps++;
        visit(moved);
    }
}
