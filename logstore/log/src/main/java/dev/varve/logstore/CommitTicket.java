package dev.varve.logstore;

/**
 * What a commit returns: where its frame ends, and a way to wait until it is durable. Safe for use
 * by many threads; needs no closing.
 */
public final class CommitTicket {

    private final Appender appender;
    private final long endPosition;
    private final long sequence;

    CommitTicket(Appender appender, long endPosition, long sequence) {
        this.appender = appender;
        this.endPosition = endPosition;
        this.sequence = sequence;
    }

    /** The position behind the commit's frame. */
    public long endPosition() {
        return endPosition;
    }

    /** The commit's number in the store, counted from 1 without gaps. */
    public long sequence() {
        return sequence;
    }

    /** Whether the commit survives any crash from now on. */
    public boolean isDurable() {
        return appender.durable() >= endPosition;
    }

    /**
     * Returns once the commit is durable, forcing the log if nobody else does.
     *
     * @throws dev.varve.logstore.io.StoragePoisonedException if a force or write failed, now or
     *     earlier, before this commit was durable
     */
    public void awaitDurable() {
        appender.forceUpTo(endPosition);
    }
}
