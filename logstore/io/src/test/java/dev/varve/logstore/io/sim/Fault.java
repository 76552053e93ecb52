package dev.varve.logstore.io.sim;

/**
 * How a call to a {@link SimDisk} fails. Where a fault makes no sense for the call that it meets, the
 * call fails as by {@link #EIO}.
 *
 * <p>A force that fails, by whatever fault but {@link #EIO_AFTER}, does what Linux does: none of the
 * file's pages becomes durable by it, and they count as clean from then on. A later force of the same
 * file succeeds without saving them, and only a new write to a page makes it worth saving again. Until
 * then reads return them as if all were well.
 */
public enum Fault {
    /** The call does nothing and fails. */
    EIO,
    /** The call does all of its work and fails. */
    EIO_AFTER,
    /** The disk is full: the call does nothing. A force fails without saying why. */
    FULL,
    /** A write writes the first half of its bytes and fails. */
    SHORT_WRITE_THEN_EIO,
    /** A write writes the first half of its bytes, then the disk is full. */
    SHORT_WRITE_THEN_FULL;

    boolean full() {
        return this == FULL || this == SHORT_WRITE_THEN_FULL;
    }

    boolean shortWrite() {
        return this == SHORT_WRITE_THEN_EIO || this == SHORT_WRITE_THEN_FULL;
    }
}
