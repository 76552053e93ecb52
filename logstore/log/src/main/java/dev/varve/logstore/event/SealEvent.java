package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One segment sealed: its footer written, and the whole of it forced. */
@Name("dev.varve.Seal")
@Label("Seal")
@Category("Varve")
@Description("A segment that got its footer and is not written again")
@StackTrace(false)
public final class SealEvent extends Event {

    @Label("Segment")
    @Description("Base position of the segment")
    long segment;

    @Label("Length")
    @DataAmount
    long length;

    @Label("Records")
    long records;

    /** An event that begins now. */
    public static SealEvent begun() {
        SealEvent event = new SealEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(long segment, long length, long records) {
        end();
        if (shouldCommit()) {
            this.segment = segment;
            this.length = length;
            this.records = records;
            commit();
        }
    }
}
