package dev.varve.engine.exec;

/**
 * One step of a generated transaction.
 *
 * @param key index into the universe, or for CHOSEN kinds the first of four candidates
 */
record ScriptOp(Kind kind, int key, long arg, long min, long max) {

    enum Kind {
        GET,
        GET_CHOSEN,
        GET_SWALLOWING,
        PUT,
        PUT_CHOSEN,
        PUT_NUMBER,
        DELETE,
        ADD,
        ADD_CAUGHT,
        GET_OR_FAIL,
        LOOP
    }

    static final int CANDIDATES = 4;

    /** The key that a CHOSEN step takes, by what the transaction has read so far. */
    int chosen(long accumulator, int universe) {
        return (key + (int) Math.floorMod(accumulator, (long) CANDIDATES)) % universe;
    }

    boolean isChosen() {
        return kind == Kind.GET_CHOSEN || kind == Kind.PUT_CHOSEN;
    }
}
