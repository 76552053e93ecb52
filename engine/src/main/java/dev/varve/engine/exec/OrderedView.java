package dev.varve.engine.exec;

import java.util.Arrays;

/**
 * What a transaction sees that declared its keys: their cells, in which nobody else is, or only
 * others that read, or only others that add. An addition beside others stays pending, and is made
 * by the committer; it is checked at once if the transaction runs in its slot.
 *
 * <p>Belongs to one worker.
 */
final class OrderedView extends BufferedView {

    /** Up to here comparing keys is cheaper than hashing them. */
    private static final int SCANNED = 8;

    private OrderedPlan plan;

    /** By cell: an access. Only right for the current transaction, and checked against the plan. */
    private int[] accessOfCell = {};

    private int from;
    private int to;
    private boolean inSlot;

    OrderedView(BlockRun run, OrderedPlan plan) {
        super(run);
        this.plan = plan;
    }

    /** Before the first transaction of a block. */
    void use(OrderedPlan newPlan) {
        plan = newPlan;
    }

    void start(int transaction, AccessLog log) {
        begin(transaction, log);
        inSlot = false;
        from = plan.firstAccess(transaction);
        to = plan.firstAccess(transaction + 1);
        if (to - from > SCANNED) {
            indexAccesses();
        }
    }

    void startInSlot(int transaction, AccessLog log) {
        start(transaction, log);
        inSlot = true;
    }

    @Override
    Access open(byte[] key, int call) {
        int declared = to - from > SCANNED ? find(key) : scan(key);
        if (declared == OrderedPlan.NONE) {
            throw refuse(Permission.nameOf(call), key);
        }
        Declarations declarations = plan.declarations();
        Access access = log().append(declarations.cell(declared));
        access.declaration = declared;
        access.permission = declarations.permission(declared);
        if (access.permission == Permission.ADD) {
            access.limit(declarations.low(declared), declarations.high(declared));
        }
        return access;
    }

    @Override
    void load(Access access) {
        if (isShared(access)) {
            throw unsettled();
        }
        access.read(base(access.cell), 0);
    }

    @Override
    boolean mayDefer(Access access) {
        if (!isShared(access)) {
            return false;
        }
        base(access.cell);
        return true;
    }

    @Override
    void look() {}

    @Override
    AbandonedExecution unsettled() {
        throw abandon();
    }

    private boolean isShared(Access access) {
        return !inSlot && plan.declarations().isDeferrable(access.declaration);
    }

    private int scan(byte[] key) {
        for (int access = from; access < to; access++) {
            if (Arrays.equals(plan.declarations().cell(access).key(), key)) {
                return access;
            }
        }
        return OrderedPlan.NONE;
    }

    private int find(byte[] key) {
        Cell cell = plan.findCell(key);
        if (cell == null) {
            return OrderedPlan.NONE;
        }
        int access = accessOfCell[cell.id];
        boolean isOwn = access >= from && access < to && cellId(access) == cell.id;
        return isOwn ? access : OrderedPlan.NONE;
    }

    private int cellId(int access) {
        return plan.declarations().cell(access).id;
    }

    private void indexAccesses() {
        if (accessOfCell.length < plan.cellCount()) {
            accessOfCell = new int[plan.cellCount()];
        }
        for (int access = from; access < to; access++) {
            accessOfCell[cellId(access)] = access;
        }
    }
}
