package dev.varve.engine.exec;

/**
 * What a transaction sees while earlier ones are unfinished: the last value written below it, by
 * version, so that it can be checked later. In its slot everything below is final, and additions
 * are checked at once.
 *
 * <p>Belongs to one worker.
 */
final class SpeculativeView extends BufferedView implements AccessHints.KeySink {

    /** About 5 us: a transaction that is being redone is waited for so long. */
    private static final int SPINS = 150;

    /** Executions for which a worker remembers that it met another one at a key. */
    private static final int REMEMBERED = 8;

    /** Calls after which an execution makes way if nobody looks after the commits. */
    private static final int MAKE_WAY_INTERVAL = 1024;

    private final SpeculativeEngine engine;
    private final VersionStore store;
    private final VersionStore.Pool pool;
    private final Resolution resolution = new Resolution();
    private final DeclaredKeys declared;
    private boolean isDeclared;

    /** Counts down from {@link #REMEMBERED}. */
    private int remembered;

    private TxSlot slot = new TxSlot();

    SpeculativeView(SpeculativeEngine engine, BlockRun run, VersionStore store) {
        super(run);
        this.engine = engine;
        this.store = store;
        this.pool = new VersionStore.Pool();
        this.declared = new DeclaredKeys(run.keys());
    }

    VersionStore.Pool pool() {
        return pool;
    }

    Resolution resolution() {
        return resolution;
    }

    void start(int transaction, TxSlot newSlot) {
        begin(transaction, newSlot.log);
        slot = newSlot;
        remembered -= remembered > 0 ? 1 : 0;
        AccessHints exact = run.exactHints();
        isDeclared = exact != null;
        if (exact != null) {
            declared.begin(exact, transaction);
        }
    }

    /** Tells later transactions which keys this one will write, before it has run once. */
    void announce(int transaction, TxSlot newSlot, AccessHints hints) {
        begin(transaction, newSlot.log);
        slot = newSlot;
        try {
            hints.declare(transaction, this);
        } catch (Exception e) {
            if (machineError == null) {
                throw e;
            }
        }
        end();
        if (machineError != null) {
            throw machineError; // also if the hints have caught it, or thrown another instead
        }
    }

    @Override
    public void read(byte[] key) {}

    @Override
    public void write(byte[] key) {
        try {
            VersionedCell cell = store.cell(key, run.keys().hash(key), pool);
            store.estimate(cell, VersionedCell.version(index(), slot.incarnation));
            slot.addPublished(cell);
        } catch (VirtualMachineError e) {
            machineError = e;
            throw e;
        }
    }

    @Override
    public void add(byte[] key, long low, long high) {
        write(key);
    }

    @Override
    Access open(byte[] key, int call) {
        long hash = run.keys().hash(key);
        Access access = log().append(store.cell(key, hash, pool));
        if (isDeclared) {
            declared.permit(access, key, hash);
        }
        return access;
    }

    @Override
    void load(Access access) {
        VersionedCell cell = (VersionedCell) access.cell;
        giveWayToUpdater(cell);
        cell.expectUpdate(index());
        for (int i = 0; i < SPINS; i++) {
            store.resolve(cell, index(), resolution);
            if (resolution.isEstimate()) {
                if (!engine.isExecuting(resolution.writer())) {
                    break;
                }
                Thread.onSpinWait();
            } else if (read(access, cell)) {
                return;
            }
        }
        throw abandon();
    }

    @Override
    boolean mayDefer(Access access) {
        if (slot.inSlot) {
            return false;
        }
        base(access.cell);
        return true;
    }

    @Override
    void look() {
        if (slot.inSlot) {
            return;
        }
        boolean makesWay = calls() % MAKE_WAY_INTERVAL == 0 && engine.isNeglected();
        if (makesWay || store.firstStale(index(), log(), resolution) != null) {
            throw abandon();
        }
    }

    @Override
    boolean isRepeatedInSlot() {
        if (slot.inSlot || pool.isInside || resolution.isInside) {
            return false;
        }
        slot.attempts = SpeculativeEngine.MAX_ATTEMPTS;
        return true;
    }

    @Override
    AbandonedExecution unsettled() {
        slot.attempts = SpeculativeEngine.MAX_ATTEMPTS;
        throw abandon();
    }

    /**
     * Whoever reads a key that an earlier transaction has read and will likely write works in vain:
     * something else is done instead. Not where that happens often: what is done instead would then
     * depend on this transaction.
     */
    private void giveWayToUpdater(VersionedCell cell) {
        int updater = cell.updater();
        boolean isBetween = updater >= slot.floor && updater < index() && !slot.inSlot;
        if (isBetween && engine.isExecuting(updater)) {
            boolean isSeldom = remembered == 0;
            remembered = REMEMBERED;
            if (isSeldom) {
                throw abandon();
            }
        }
    }

    private boolean read(Access access, VersionedCell cell) {
        if (resolution.lacksBase()) {
            base(cell);
            return false;
        }
        if (resolution.isBroken()) {
            throw abandon();
        }
        access.read(resolution.value(), resolution.version());
        return true;
    }
}
