package dev.varve.sync.ethereum.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Values of 8 little-endian bytes, as the additions of {@code TxView} have them. */
final class Numbers {

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Numbers() {}

    /** The number; 0 for a key that is absent. */
    static long decode(byte @Nullable [] value) {
        return value == null ? 0 : (long) LONG.get(value, 0);
    }

    static byte[] encode(long number) {
        byte[] value = new byte[Long.BYTES];
        LONG.set(value, 0, number);
        return value;
    }
}
