package dev.varve.engine.exec;

import org.jspecify.annotations.Nullable;

/**
 * What every mode's view has in common: a transaction reads its own writes, its writes stay in its
 * log until the engine applies them, and an addition is either checked at once or kept pending.
 *
 * <p>Belongs to one worker. An engine says where a key's earlier value comes from ({@link #load})
 * and whether an addition may stay pending ({@link #mayDefer}).
 */
abstract class BufferedView implements TxView {

    /** Calls between two looks at whether the execution still has a use. */
    private static final int CHECK_INTERVAL = 64;

    final BlockRun run;

    /**
     * What broke off a call of the view, which may have left anything half done; kept for a program
     * that catches it. Set without a call, since there may be no stack left for one.
     */
    @Nullable VirtualMachineError machineError;

    private AccessLog log = new AccessLog();
    private int index;
    private boolean live;
    private boolean doomed;
    private int calls;
    private @Nullable UndeclaredAccessException undeclared;

    BufferedView(BlockRun run) {
        this.run = run;
    }

    /** The access for a key that the log does not hold yet, with what may be done with it. */
    abstract Access open(byte[] key, int call);

    /** Sets what earlier transactions left for the key. */
    abstract void load(Access access);

    /** Whether an addition to the key need not know its value. */
    abstract boolean mayDefer(Access access);

    /** Called now and then; abandons the execution if that is right. */
    abstract void look();

    /**
     * Asked if the machine has failed: whether that may come from reading a mixture of states, and
     * has done no harm. The transaction then runs again in its slot.
     */
    boolean isRepeatedInSlot() {
        return false;
    }

    final void begin(int newIndex, AccessLog newLog) {
        index = newIndex;
        log = newLog;
        log.clear();
        live = true;
        doomed = false;
        undeclared = null;
        machineError = null;
        calls = 0;
    }

    /** The execution is over; whoever still holds the view can do nothing with it. */
    final void end() {
        live = false;
    }

    final int index() {
        return index;
    }

    final AccessLog log() {
        return log;
    }

    /** Whether the execution was abandoned; its outcome means nothing. */
    final boolean isDoomed() {
        return doomed;
    }

    /** What ends the block if this execution is the valid one. */
    final @Nullable UndeclaredAccessException undeclared() {
        return undeclared;
    }

    final AbandonedExecution abandon() {
        doomed = true;
        return new AbandonedExecution();
    }

    final UndeclaredAccessException refuse(String access, byte[] key) {
        UndeclaredAccessException refused = new UndeclaredAccessException(index, access, key);
        if (undeclared == null) {
            undeclared = refused;
        }
        return refused;
    }

    /** The value that the base holds for a key; what the base throws ends the block. */
    final byte[] base(Cell cell) {
        byte[] known = cell.value();
        if (known != null) {
            return known;
        }
        try {
            return cell.valueOr(run.base());
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            run.fail(e);
            throw abandon();
        }
    }

    @Override
    public final byte @Nullable [] get(byte[] key) {
        try {
            Access access = access(key, Access.GOT);
            if ((access.calls & Access.PUT) == 0) {
                access.calls |= Access.GOT;
            }
            byte[] value = current(access);
            return Cell.isAbsent(value) ? null : value;
        } catch (VirtualMachineError e) {
            machineError = e;
            doomed = true;
            throw e;
        }
    }

    @Override
    public final void put(byte[] key, byte[] value) {
        if (value == null) {
            throw new IllegalArgumentException("no value for key " + Keys.toHex(key));
        }
        set(key, value);
    }

    @Override
    public final void delete(byte[] key) {
        set(key, Cell.ABSENT);
    }

    @Override
    public final void add(byte[] key, long delta, long min, long max) {
        if (min > max) {
            throw new IllegalArgumentException("min " + min + " is above max " + max);
        }
        try {
            increase(key, delta, min, max);
        } catch (VirtualMachineError e) {
            machineError = e;
            doomed = true;
            throw e;
        }
    }

    @Override
    public final void checkpoint() {
        try {
            check();
        } catch (VirtualMachineError e) {
            machineError = e;
            doomed = true;
            throw e;
        }
    }

    private void increase(byte[] key, long delta, long min, long max) {
        Access access = access(key, Access.ADDED);
        if ((access.calls & Access.PUT) == 0) {
            access.calls |= Access.ADDED;
        }
        if (access.write == Access.Write.NONE && !access.loaded && mayDefer(access)) {
            access.beginAdding();
        }
        if (access.write != Access.Write.ADD || !access.accumulate(delta, min, max)) {
            access.set(Counters.plus(current(access), delta, min, max));
        }
        if (!access.countAdded(delta)) {
            throw refuse("add so much to", key);
        }
    }

    private void check() {
        if (!live) {
            throw new IllegalStateException("the view is used after transaction " + index);
        }
        if (doomed) {
            throw new AbandonedExecution();
        }
        if (++calls % CHECK_INTERVAL == 0) {
            if (run.isStopped()) {
                throw abandon();
            }
            look();
        }
    }

    final int calls() {
        return calls;
    }

    private void set(byte[] key, byte[] value) {
        try {
            Access access = access(key, Access.PUT);
            access.calls |= Access.PUT;
            access.set(value);
        } catch (VirtualMachineError e) {
            machineError = e;
            doomed = true;
            throw e;
        }
    }

    private Access access(byte[] key, int call) {
        check();
        Access access = find(key, call);
        if (!Permission.allows(access.permission, call)) {
            throw refuse(Permission.nameOf(call), key);
        }
        return access;
    }

    private Access find(byte[] key, int call) {
        if (log.isScanned()) {
            Access known = log.scan(key);
            return known != null ? known : open(key, call);
        }
        Access known = log.find(key, run.keys().hash(key));
        return known != null ? known : open(key, call);
    }

    /** The value with the transaction's own writes in it. */
    private byte[] current(Access access) {
        if (access.write == Access.Write.SET) {
            return access.written;
        }
        if (!access.loaded) {
            load(access);
        }
        if (access.write == Access.Write.ADD) {
            settle(access);
            return access.written;
        }
        return access.value;
    }

    /** Turns a pending sum into a value, now that the value below it is known. */
    private void settle(Access access) {
        byte[] below = access.value;
        if (!Counters.isCounter(below)) {
            throw unsettled();
        }
        long number = Counters.decode(below);
        if (number < access.low || number > access.high) {
            throw unsettled();
        }
        access.pending = false;
        access.set(Counters.encode(number + access.sum));
    }

    /**
     * An addition that seemed fine when it was left pending is not: the execution must be repeated
     * where additions are checked at once, so that the program is told at the right call.
     */
    abstract AbandonedExecution unsettled();
}
