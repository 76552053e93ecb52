package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One commit that had to write a run, and perhaps merge, before it could seal a segment. */
@Name("dev.varve.Stall")
@Label("Stall")
@Category("Varve")
@Description("A commit that waited for the index, because too many segments were without a run")
@StackTrace(false)
public final class StallEvent extends Event {

    @Label("Waiting segments")
    long waiting;

    /** An event that begins now. */
    public static StallEvent begun() {
        StallEvent event = new StallEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(long waiting) {
        end();
        if (shouldCommit()) {
            this.waiting = waiting;
            commit();
        }
    }
}
