package dev.varve.logstore.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The recovery inside of one open. */
@Name("dev.varve.Recovery")
@Label("Recovery")
@Category("Varve")
@Description("What opening a store read and found")
@StackTrace(false)
public final class RecoveryEvent extends Event {

    @Label("Outcome")
    String outcome = "";

    @Label("Scanned")
    @DataAmount
    long scannedBytes;

    @Label("Records")
    long records;

    @Label("Torn")
    @DataAmount
    long tornBytes;

    /** An event that begins now. */
    public static RecoveryEvent begun() {
        RecoveryEvent event = new RecoveryEvent();
        event.begin();
        return event;
    }

    /** Ends the event, and records it if somebody wants it. */
    public void done(String outcome, long scannedBytes, long records, long tornBytes) {
        end();
        if (shouldCommit()) {
            this.outcome = outcome;
            this.scannedBytes = scannedBytes;
            this.records = records;
            this.tornBytes = tornBytes;
            commit();
        }
    }
}
