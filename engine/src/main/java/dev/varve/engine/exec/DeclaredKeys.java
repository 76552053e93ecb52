package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The exact declarations of the one transaction that a view is running, where the mode has no plan
 * that holds them. Belongs to one worker.
 */
final class DeclaredKeys implements AccessHints.KeySink {

    private final Keys keys;
    private final KeyTable table = new KeyTable();
    private int[] permissions = new int[16];
    private long[] lows = new long[16];
    private long[] highs = new long[16];
    private @Nullable VirtualMachineError machineError;

    DeclaredKeys(Keys keys) {
        this.keys = keys;
    }

    void begin(AccessHints hints, int index) {
        table.clear();
        try {
            hints.declare(index, this);
        } catch (Exception e) {
            if (machineError == null) {
                throw e;
            }
        }
        if (machineError != null) {
            throw machineError; // also if the hints have caught it, or thrown another instead
        }
    }

    /** Tells an access what is declared about its key. */
    void permit(Access access, byte[] key, long hash) {
        Cell declared = table.find(key, hash);
        if (declared == null) {
            access.permission = Permission.NOTHING;
        } else {
            int id = declared.id;
            access.permission = permissions[id];
            access.limit(lows[id], highs[id]);
        }
    }

    @Override
    public void read(byte[] key) {
        declare(key, Permission.READ, 0, 0);
    }

    @Override
    public void write(byte[] key) {
        declare(key, Permission.WRITE, 0, 0);
    }

    @Override
    public void add(byte[] key, long low, long high) {
        if (low > high) {
            throw new IllegalArgumentException("low " + low + " is above high " + high);
        }
        declare(key, Permission.ADD, low, high);
    }

    private void declare(byte[] key, int permission, long low, long high) {
        try {
            note(key, permission, low, high);
        } catch (VirtualMachineError e) {
            machineError = e;
            throw e;
        }
    }

    private void note(byte[] key, int permission, long low, long high) {
        int known = table.size();
        int id = table.intern(key, keys.hash(key)).id;
        if (id == permissions.length) {
            permissions = Arrays.copyOf(permissions, id * 2);
            lows = Arrays.copyOf(lows, id * 2);
            highs = Arrays.copyOf(highs, id * 2);
        }
        if (id == known) {
            permissions[id] = permission;
            lows[id] = low;
            highs[id] = high;
        } else {
            permissions[id] = Permission.join(permissions[id], permission);
            lows[id] = Math.min(lows[id], low);
            highs[id] = Math.max(highs[id], high);
        }
    }
}
