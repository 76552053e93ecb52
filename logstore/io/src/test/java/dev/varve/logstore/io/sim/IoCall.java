package dev.varve.logstore.io.sim;

/** The kinds of calls that are counted. */
public enum IoCall {
    READ,
    WRITE,
    FORCE,
    TRUNCATE,
    MAP,
    CREATE,
    OPEN,
    RENAME,
    DELETE,
    FORCE_DIRECTORY;

    /** Whether a call of this kind can change what is on disk, and so has a call number. */
    public boolean changes() {
        return switch (this) {
            case READ, MAP, OPEN -> false;
            case WRITE, FORCE, TRUNCATE, CREATE, RENAME, DELETE, FORCE_DIRECTORY -> true;
        };
    }
}
