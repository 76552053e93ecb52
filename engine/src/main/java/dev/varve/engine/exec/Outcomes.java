package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of each transaction of a block. An entry is written by the thread that executes the
 * transaction and read after its state word, or the end of the block, has ordered that.
 */
final class Outcomes {

    private static final byte RESULT = 1;
    private static final byte FAILURE = 2;
    private static final byte FATAL = 3;
    private static final int MIN_LENGTH = 64;

    private @Nullable Object[] values = new @Nullable Object[MIN_LENGTH];
    private byte[] kinds = new byte[MIN_LENGTH];
    private int size;

    void begin(int count) {
        Arrays.fill(values, 0, size, null);
        size = 0;
        if (values.length < count) {
            int length = Math.max(count, values.length * 2);
            @Nullable Object[] newValues = new @Nullable Object[length];
            kinds = new byte[length];
            values = newValues; // last: its length is what tells that both are long enough
        }
        size = count;
    }

    int size() {
        return size;
    }

    /** Stores nothing that is there already: it would take lines that other workers write to. */
    @SuppressWarnings("ReferenceEquality") // whether it is there, not one like it
    void result(int index, @Nullable Object result) {
        if (kinds[index] != RESULT) {
            kinds[index] = RESULT;
        }
        if (values[index] != result) {
            values[index] = result;
        }
    }

    void failure(int index, Throwable failure) {
        kinds[index] = FAILURE;
        values[index] = failure;
    }

    /** The transaction does what its caller has promised it does not. */
    void fatal(int index, UndeclaredAccessException cause) {
        kinds[index] = FATAL;
        values[index] = cause;
    }

    boolean isFatal(int index) {
        return kinds[index] == FATAL;
    }

    boolean isFailure(int index) {
        return kinds[index] == FAILURE;
    }

    @Nullable Object value(int index) {
        return values[index];
    }
}
