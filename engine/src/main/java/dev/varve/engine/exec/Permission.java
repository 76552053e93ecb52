package dev.varve.engine.exec;

/** What a transaction may do with a key, as bits that can be joined. */
final class Permission {

    static final int NOTHING = 0;
    static final int READ = 1;
    static final int ADD = 2;
    static final int WRITE = 4;

    private Permission() {}

    /** The widest of two; who may read and add may change what it has read, so it may write. */
    static int join(int a, int b) {
        int joined = a | b;
        return joined == (READ | ADD) || (joined & WRITE) != 0 ? WRITE : joined;
    }

    /** Whether a call of the view, a bit of {@link Access}, is allowed. */
    static boolean allows(int permission, int call) {
        return permission == WRITE
                || (permission == READ && call == Access.GOT)
                || (permission == ADD && call == Access.ADDED);
    }

    static String nameOf(int call) {
        return switch (call) {
            case Access.GOT -> "read";
            case Access.ADDED -> "add to";
            default -> "write";
        };
    }
}
