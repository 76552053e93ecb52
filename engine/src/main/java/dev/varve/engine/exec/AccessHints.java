package dev.varve.engine.exec;

/**
 * The keys that transactions say they will touch.
 *
 * <p>A wrong {@link Precision#HINT} costs time, never truth. {@link Precision#EXACT} is a promise
 * that is checked in every mode: see {@link UndeclaredAccessException}. Called by one thread, or by
 * several at once for different indexes; for one index it must always declare the same. Those of an
 * announced block are asked while the block before is executed, and maybe again. What they throw
 * ends the block and comes out of its call of the executor as it is; where they are mere hints and
 * the mode needs none, they are not asked.
 */
public interface AccessHints {

    /** Whether the declared keys are a promise or a guess. */
    Precision precision();

    /** Names every key that the transaction may touch. */
    void declare(int index, KeySink sink);

    /** How much the declared keys can be relied upon. */
    enum Precision {
        /** All keys are named; touching another one is an error. */
        EXACT,
        /** Some keys may be missing and some may be named in vain. */
        HINT
    }

    /**
     * Receives the keys of one transaction; used only inside {@link #declare}. Keys are copied. A
     * key may be named several times; the widest access holds.
     */
    interface KeySink {

        /** The transaction may get this key. */
        void read(byte[] key);

        /** The transaction may do anything with this key. */
        void write(byte[] key);

        /**
         * The transaction may only add to this key. Transactions that do run beside each other as
         * long as their ranges together cannot pass a bound; else each waits for its turn.
         *
         * @param low lowest total that the transaction adds at any moment of its life
         * @param high highest total that the transaction adds at any moment of its life
         */
        void add(byte[] key, long low, long high);
    }
}
