package dev.varve.logstore;

import dev.varve.logstore.run.HeightCursor;

/** The entries of two parts of the index by height in one order. For one thread. */
final class JoinedHeights implements HeightCursor {

    private final HeightCursor one;
    private final HeightCursor two;
    private boolean oneThere;
    private boolean twoThere;
    private boolean started;
    private boolean atTwo;

    JoinedHeights(HeightCursor one, HeightCursor two) {
        this.one = one;
        this.two = two;
    }

    @Override
    public boolean next() {
        if (!started || !atTwo) {
            oneThere = one.next();
        }
        if (!started || atTwo) {
            twoThere = two.next();
        }
        started = true;
        atTwo = twoThere && (!oneThere || isBefore(two, one));
        return oneThere || twoThere;
    }

    private HeightCursor current() {
        return atTwo ? two : one;
    }

    private static boolean isBefore(HeightCursor a, HeightCursor b) {
        if (a.table() != b.table()) {
            return a.table() < b.table();
        }
        return a.height() != b.height() ? a.height() < b.height() : a.position() < b.position();
    }

    @Override
    public int table() {
        return current().table();
    }

    @Override
    public long height() {
        return current().height();
    }

    @Override
    public long position() {
        return current().position();
    }
}
