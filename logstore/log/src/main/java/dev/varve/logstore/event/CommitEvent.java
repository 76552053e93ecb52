package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One commit, from the call to its return. Costs nothing while nobody records. */
@Name("dev.varve.Commit")
@Label("Commit")
@Category("Varve")
@Description("A batch made visible, and durable if the store waits for that")
@StackTrace(false)
public final class CommitEvent extends Event {

    @Label("Sequence")
    long sequence;

    @Label("Records")
    int records;

    @Label("Batch size")
    @DataAmount
    long bytes;

    /** An event that begins now. */
    public static CommitEvent begun() {
        CommitEvent event = new CommitEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(long sequence, int records, long bytes) {
        end();
        if (shouldCommit()) {
            this.sequence = sequence;
            this.records = records;
            this.bytes = bytes;
            commit();
        }
    }
}
