package dev.varve.logstore;

/** What {@link LogStore#commit} waits for. */
public enum Durability {
    /**
     * A commit returns once it is visible. It becomes durable when somebody waits for its ticket,
     * when its segment is sealed, or when the store closes. A crash before that removes it wholly.
     */
    NONE,

    /**
     * A commit returns once it is durable. Commits that arrive during a force share the next one,
     * so the rate of commits grows with the number of committers and the rate of forces does not.
     */
    GROUP
}
