package dev.varve.logstore;

/** What {@link LogStore#commit} waits for. */
public enum Durability {
    /**
     * A commit returns once it is visible. It becomes durable when somebody waits for its ticket,
     * when its segment is sealed, or when the store closes. A crash before that removes it wholly.
     */
    NONE,

    /**
     * A commit returns once it is visible, and the log is forced about once in {@link
     * LogOptions#forceInterval()}: a crash removes what was committed since. The commit that finds
     * the interval over forces for all before it; when nobody commits any more, {@link
     * LogStore#forceIfDue()} does, which the embedder calls from a thread of its own.
     */
    INTERVAL,

    /**
     * A commit returns once it is durable. Commits that arrive during a force share the next one,
     * so the rate of commits grows with the number of committers and the rate of forces does not.
     */
    GROUP
}
