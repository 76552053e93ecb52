package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One piece of work on the index on disk: the files of a segment, or a merge. */
@Name("dev.varve.Index")
@Label("Index")
@Category("Varve")
@Description("Files of the index that were written and took the place of others, or of memory")
@StackTrace(false)
public final class IndexEvent extends Event {

    @Label("Kind")
    @Description("BUILD: of a part in memory; MERGE: of several runs; REPAIR: of a damaged run")
    String kind = "";

    @Label("Length")
    @Description("Length of the run that was written, 0 if there is none")
    @DataAmount
    long length;

    /** An event that begins now. */
    public static IndexEvent begun() {
        IndexEvent event = new IndexEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(String kind, long length) {
        end();
        if (shouldCommit()) {
            this.kind = kind;
            this.length = length;
            commit();
        }
    }
}
