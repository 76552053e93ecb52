package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One key of the block: where it is, what the base holds for it, and what the commit has noted.
 * Reused from block to block; the copy of the key too, where the length is the same.
 *
 * <p>Assumes: {@link #reset} runs while no other thread can reach the cell; the fields marked so
 * belong to whoever commits.
 *
 * <p>Guarantees: who reads a value also sees the bytes in it.
 *
 * <p>Memory ordering: the value is stored with release and loaded with acquire, since two readers of
 * the base may store it at once. Key and hash are published with the cell.
 */
class Cell {

    /** The value of a key that is known to have none. Compared by identity, never given away. */
    static final byte[] ABSENT = new byte[0];

    private static final byte[] NO_KEY = new byte[0];
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Cell.class, "value", byte[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private byte[] key = NO_KEY;
    private long hash;

    @SuppressWarnings("unused") // read through VALUE
    private byte @Nullable [] value;

    /** Where {@link KeyTable} holds the cell. */
    int tableSlot;

    /** Number of the cell in its {@link KeyTable}. */
    int id;

    /** Place in the write batch, or -1. Belongs to the committer. */
    int batchSlot;

    /** What is known about the last writers of the key. Belongs to the committer. */
    final WriterDepth writers = new WriterDepth();

    void reset(byte[] newKey, long newHash) {
        if (key.length == newKey.length) {
            System.arraycopy(newKey, 0, key, 0, newKey.length);
        } else {
            key = newKey.clone();
        }
        hash = newHash;
        value = null;
        batchSlot = -1;
        writers.clear();
    }

    /** Whether a value stands for none; by identity, since an empty value is a value. */
    @SuppressWarnings("ReferenceEquality")
    static boolean isAbsent(byte[] value) {
        return value == ABSENT;
    }

    final byte[] key() {
        return key;
    }

    final long hash() {
        return hash;
    }

    final boolean holds(byte[] otherKey, long otherHash) {
        return hash == otherHash && Arrays.equals(key, otherKey);
    }

    /** The value, {@link #ABSENT}, or null if nobody has asked the base yet. */
    final byte @Nullable [] value() {
        return (byte[]) VALUE.getAcquire(this);
    }

    final void setValue(byte[] newValue) {
        VALUE.setRelease(this, newValue);
    }

    /** Drops the reference to the value. */
    final void forgetValue() {
        value = null;
    }

    /** The value, asked of the base at the first call. Throws what the base throws. */
    final byte[] valueOr(BaseState base) {
        byte[] known = value();
        if (known == null) {
            byte[] found = base.get(key);
            known = found == null ? ABSENT : found;
            setValue(known);
        }
        return known;
    }
}
