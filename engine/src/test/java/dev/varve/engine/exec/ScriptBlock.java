package dev.varve.engine.exec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A generated block: a universe of keys, a base, and a script per transaction. What a script reads
 * decides what it writes, which keys it takes next, and whether it fails.
 */
final class ScriptBlock implements TxProgram<Long>, BaseState {

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** A failure that depends on what was read. */
    static final class ScriptFailure extends Exception {
        private static final long serialVersionUID = 1L;

        ScriptFailure(long accumulator) {
            super("script failed at " + accumulator, null, false, false);
        }
    }

    final int universe;
    final List<List<ScriptOp>> transactions;
    private final byte[][] keys;
    private final byte[] @Nullable [] base;

    ScriptBlock(
            int universe,
            List<List<ScriptOp>> transactions,
            byte[][] keys,
            byte[] @Nullable [] base) {
        this.universe = universe;
        this.transactions = transactions;
        this.keys = keys;
        this.base = base;
    }

    ScriptBlock with(List<List<ScriptOp>> fewer) {
        return new ScriptBlock(universe, fewer, keys, base);
    }

    int count() {
        return transactions.size();
    }

    byte[] key(int k) {
        return keys[k];
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return base[indexOf(key)];
    }

    @Override
    public Long execute(int index, TxView view) throws Exception {
        return run(transactions.get(index), view);
    }

    Long run(List<ScriptOp> script, TxView view) throws Exception {
        long accumulator = 0x1234_5678L;
        for (ScriptOp op : script) {
            accumulator = step(op, view, accumulator);
        }
        return accumulator;
    }

    private long step(ScriptOp op, TxView view, long accumulator) throws Exception {
        switch (op.kind()) {
            case GET -> {
                return mix(accumulator, view.get(lent(op.key(), op.arg())));
            }
            case GET_CHOSEN -> {
                return mix(accumulator, view.get(keys[op.chosen(accumulator, universe)]));
            }
            case GET_SWALLOWING -> {
                return swallow(op, view, accumulator);
            }
            case PUT -> putLent(view, op, value(accumulator, op.arg()));
            case PUT_CHOSEN ->
                    view.put(keys[op.chosen(accumulator, universe)], value(accumulator, op.arg()));
            case PUT_NUMBER -> putLent(view, op, number(Math.floorMod(accumulator, 100L)));
            case DELETE -> view.delete(keys[op.key()]);
            case ADD -> view.add(keys[op.key()], op.arg(), op.min(), op.max());
            case ADD_CAUGHT -> {
                return addCaught(op, view, accumulator);
            }
            case GET_OR_FAIL -> {
                long read = mix(accumulator, view.get(keys[op.key()]));
                if (Math.floorMod(read, 4L) == 0) {
                    throw new ScriptFailure(read);
                }
                return read;
            }
            case LOOP -> {
                return loop(op, view, accumulator);
            }
        }
        return accumulator;
    }

    /** The caller's array may be used again as soon as the call is over. */
    private static void putLent(TxView view, ScriptOp op, byte[] value, byte[] key) {
        byte[] lent = key.clone();
        view.put(lent, value);
        Arrays.fill(lent, (byte) op.arg());
    }

    private void putLent(TxView view, ScriptOp op, byte[] value) {
        putLent(view, op, value, keys[op.key()]);
    }

    private byte[] lent(int k, long arg) {
        return (arg & 1) == 0 ? keys[k] : keys[k].clone();
    }

    @SuppressWarnings("CatchAndPrintStackTrace")
    private long swallow(ScriptOp op, TxView view, long accumulator) {
        try {
            return mix(accumulator, view.get(keys[op.key()]));
        } catch (Throwable e) {
            return accumulator + 1;
        }
    }

    private long addCaught(ScriptOp op, TxView view, long accumulator) {
        try {
            view.add(keys[op.key()], op.arg(), op.min(), op.max());
            return accumulator;
        } catch (BoundExceededException e) {
            return mix(accumulator, e.toString().length());
        } catch (NotACounterException e) {
            return mix(accumulator, -7);
        }
    }

    /** Reads as often as what it reads says. */
    private long loop(ScriptOp op, TxView view, long accumulator) {
        long result = accumulator;
        long turns = Math.floorMod(mix(accumulator, view.get(keys[op.key()])), 40L);
        for (long i = 0; i < turns; i++) {
            result = mix(result, view.get(keys[op.key()]));
        }
        return result;
    }

    private int indexOf(byte[] key) {
        int k = key.length == 0 ? 0 : (key[0] & 0xff) | (key.length > 1 ? (key[1] & 0xff) << 8 : 0);
        if (!Arrays.equals(keys[k], key)) {
            throw new IllegalArgumentException("the base was asked for a key that does not exist");
        }
        return k;
    }

    private static long mix(long accumulator, byte @Nullable [] value) {
        return mix(accumulator, value == null ? -1 : Arrays.hashCode(value));
    }

    private static long mix(long accumulator, long value) {
        long x = (accumulator ^ value) * 0x9e3779b97f4a7c15L;
        return x ^ (x >>> 29);
    }

    private static byte[] value(long accumulator, long arg) {
        int length = (int) Math.floorMod(arg, 13L);
        byte[] value = new byte[length];
        for (int i = 0; i < length; i++) {
            value[i] = (byte) (accumulator >>> i);
        }
        return value;
    }

    static byte[] number(long number) {
        byte[] value = new byte[Long.BYTES];
        LONG.set(value, 0, number);
        return value;
    }

    /** Keys whose first bytes are their index, of different lengths. */
    static byte[][] keysOf(int universe, SplittableRandom random) {
        byte[][] keys = new byte[universe][];
        for (int k = 0; k < universe; k++) {
            byte[] key = new byte[2 + random.nextInt(31)];
            random.nextBytes(key);
            key[0] = (byte) k;
            key[1] = (byte) (k >>> 8);
            keys[k] = key;
        }
        return keys;
    }
}
