package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One force of a segment, for all commits that waited for it. */
@Name("dev.varve.Force")
@Label("Force")
@Category("Varve")
@Description("A segment's bytes made durable")
@StackTrace(false)
public final class ForceEvent extends Event {

    @Label("Segment")
    @Description("Base position of the segment")
    long segment;

    /** An event that begins now. */
    public static ForceEvent begun() {
        ForceEvent event = new ForceEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(long segment) {
        end();
        if (shouldCommit()) {
            this.segment = segment;
            commit();
        }
    }
}
