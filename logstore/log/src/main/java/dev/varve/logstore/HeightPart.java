package dev.varve.logstore;

import dev.varve.logstore.io.StorageException;
import dev.varve.logstore.run.HeightCursor;
import org.jspecify.annotations.Nullable;

/**
 * A part of the index by height: finds the records of tables found by height in a range of the log.
 * For any thread; a reader holds it through the {@link IndexView} that it is in,
 * and who takes it out of the view closes it.
 */
interface HeightPart extends AutoCloseable {

    long NONE = -1;

    /** The first position that it covers. */
    long start();

    /** The position behind the last that it covers; the highest number as long as it grows. */
    long end();

    /** The highest position below {@code bound} of a record at that height, or {@link #NONE}. */
    long findBelow(int table, long height, long bound);

    /**
     * The lowest height of at least {@code from} with a record below {@code bound}, or {@link
     * #NONE}.
     */
    long nextHeight(int table, long from, long bound);

    /** The highest height with a record below {@code bound}, or {@link #NONE}. */
    long lastHeight(int table, long bound);

    /** No record of the table is lower. A part that is in memory tells no such bound. */
    default long lowest(int table) {
        return 0;
    }

    /** No record of the table is higher, nor than -1 if there is none; as {@link #lowest}. */
    default long highest(int table) {
        return Long.MAX_VALUE;
    }

    /** All records that it covers, in the order of a heights file; of a part that grows no more. */
    HeightCursor cursor();

    /** The file that it is read from, or null if it is in memory. */
    @Nullable String fileName();

    /** The error of a file that was cut off since it was opened; null if it was not. */
    default @Nullable StorageException cutOff(Throwable cause) {
        return null;
    }

    @Override
    void close();
}
