package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The declared keys of a block and the order that follows from them.
 *
 * <p>Keys fall into stripes: the first 2^16 different keys of a block each into one of its own,
 * later ones beside those. In each stripe the transactions queue up by index, in groups: those that
 * only read stand beside each other, so do those that only add, and one that writes stands alone. A
 * transaction may start when the groups before all of its own are done. (The idea of deterministic
 * locking is Calvin's: Thomson et al., SIGMOD 2012; a group replaces the lock.)
 *
 * <p>Assumes: the calling thread builds the plan before any worker sees it. Workers only read it,
 * but for what {@link Groups} and {@link OrderedGates} count down, so it serves one execution. A
 * plan whose building has failed by an error is of no use any more.
 */
final class OrderedPlan implements AccessHints.KeySink {

    static final int NONE = -1;

    private final Keys keys;
    private final int stripeMask;
    private final KeyTable table = new KeyTable();
    private final Declarations declarations = new Declarations();
    private final Links links = new Links();
    private final Groups groups = new Groups();

    /** By stripe: the last group of its queue, and the last link made for it. */
    private int[] tails = new int[64];

    private int[] stripeLinks = new int[64];

    /** By cell: its last access, and what all its additions together can amount to. */
    private int[] lastAccess = new int[64];

    private long[] lowestSums = new long[64];
    private long[] highestSums = new long[64];

    /** By transaction: the first of its accesses and links, and how many groups it waits for. */
    private int[] firstAccess = {};

    private int[] firstLink = {};
    private int[] obstacles = {};

    /** The transactions that wait for none. */
    private int[] free = {};

    private int freeCount;

    /** Of the current transaction, by link: its stripe and the widest of its accesses there. */
    private int[] ownStripes = new int[16];

    private int[] ownPermissions = new int[16];

    private int transactions;
    private int current;
    private @Nullable VirtualMachineError machineError;

    OrderedPlan(Keys keys, int stripes) {
        this.keys = keys;
        this.stripeMask = stripes - 1;
    }

    /** Declarations and queues, for several workers. */
    void build(AccessHints hints, int count) {
        begin(count);
        for (current = 0; current < count; current++) {
            firstAccess[current] = declarations.size();
            firstLink[current] = links.size();
            declareCurrent(hints);
            link();
        }
        end(count);
    }

    /** Declarations only, for one worker: the order of the indexes satisfies every queue. */
    void buildForOne(AccessHints hints, int count) {
        begin(count);
        for (current = 0; current < count; current++) {
            firstAccess[current] = declarations.size();
            declareCurrent(hints);
        }
        end(count);
    }

    private void declareCurrent(AccessHints hints) {
        try {
            hints.declare(current, this);
        } catch (Exception e) {
            if (machineError == null) {
                throw e;
            }
        }
        if (machineError != null) {
            throw machineError; // also if the hints have caught it, or thrown another instead
        }
    }

    private void begin(int count) {
        clear();
        if (firstAccess.length <= count) {
            firstAccess = new int[Math.max(count + 1, firstAccess.length * 2)];
            firstLink = new int[firstAccess.length];
            obstacles = new int[firstAccess.length];
            free = new int[firstAccess.length];
        }
    }

    private void end(int count) {
        firstAccess[count] = declarations.size();
        firstLink[count] = links.size();
        transactions = count;
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

    int transactions() {
        return transactions;
    }

    Declarations declarations() {
        return declarations;
    }

    Links links() {
        return links;
    }

    Groups groups() {
        return groups;
    }

    int cellCount() {
        return table.size();
    }

    int firstAccess(int transaction) {
        return firstAccess[transaction];
    }

    int firstLink(int transaction) {
        return firstLink[transaction];
    }

    /** By transaction: groups that must be done before it may start. */
    int[] obstacles() {
        return obstacles;
    }

    /** The transactions that may start at once; the first {@link #freeCount} entries. */
    int[] free() {
        return free;
    }

    int freeCount() {
        return freeCount;
    }

    /** The least that all shared additions of the block to a key can amount to. */
    long lowestSum(Cell cell) {
        return lowestSums[cell.id];
    }

    /** The most that all shared additions of the block to a key can amount to. */
    long highestSum(Cell cell) {
        return highestSums[cell.id];
    }

    /** The cell of a key that some transaction has declared, or null. */
    @Nullable Cell findCell(byte[] key) {
        return table.find(key, keys.hash(key));
    }

    /** Forgets the block. */
    void clear() {
        table.clear();
        declarations.clear();
        links.clear();
        groups.clear();
        transactions = 0;
        freeCount = 0;
    }

    private int stripeOf(int access) {
        return declarations.cell(access).id & stripeMask;
    }

    private void declare(byte[] key, int permission, long low, long high) {
        try {
            int known = table.size();
            Cell cell = table.intern(key, keys.hash(key));
            if (cell.id == known) {
                openCell(known);
            }
            int access = lastAccess[cell.id];
            if (access >= firstAccess[current]) {
                declarations.widen(access, permission, low, high);
                return;
            }
            access = declarations.append(cell, permission);
            lastAccess[cell.id] = access;
            if (permission == Permission.ADD) {
                declarations.limit(access, low, high);
            }
        } catch (VirtualMachineError e) {
            machineError = e;
            throw e;
        }
    }

    private void openCell(int id) {
        if (id == lastAccess.length) {
            lastAccess = Arrays.copyOf(lastAccess, id * 2);
            lowestSums = Arrays.copyOf(lowestSums, id * 2);
            highestSums = Arrays.copyOf(highestSums, id * 2);
            tails = Arrays.copyOf(tails, id * 2);
            stripeLinks = Arrays.copyOf(stripeLinks, id * 2);
        }
        lastAccess[id] = NONE;
        lowestSums[id] = 0;
        highestSums[id] = 0;
        if (id <= stripeMask) {
            tails[id] = NONE;
            stripeLinks[id] = NONE;
        }
    }

    /** Puts the current transaction into the queues of its stripes, once into each. */
    private void link() {
        if (table.size() - 1 <= stripeMask) {
            linkByCell();
        } else {
            linkByStripe();
        }
    }

    /** As long as no stripe has two keys, there is no need to look for accesses that share one. */
    private void linkByCell() {
        int found = 0;
        int end = declarations.size();
        for (int access = firstAccess[current]; access < end; access++) {
            int permission = declarations.permission(access);
            int link = links.append(current);
            found += enqueue(link, declarations.cell(access).id, permission) ? 1 : 0;
            if (permission == Permission.ADD) {
                noteAddition(access, permission);
            }
        }
        noteObstacles(found);
    }

    private void linkByStripe() {
        int firstOwn = links.size();
        int end = declarations.size();
        for (int access = firstAccess[current]; access < end; access++) {
            int stripe = stripeOf(access);
            int permission = declarations.permission(access);
            int own = stripeLinks[stripe] - firstOwn;
            if (own < 0) {
                stripeLinks[stripe] = open(stripe, permission, firstOwn);
            } else {
                ownPermissions[own] = Permission.join(ownPermissions[own], permission);
            }
        }
        int found = 0;
        for (int link = firstOwn; link < links.size(); link++) {
            int own = link - firstOwn;
            found += enqueue(link, ownStripes[own], ownPermissions[own]) ? 1 : 0;
        }
        noteObstacles(found);
        for (int access = firstAccess[current]; access < end; access++) {
            if (declarations.permission(access) == Permission.ADD) {
                noteAddition(access, ownPermissions[stripeLinks[stripeOf(access)] - firstOwn]);
            }
        }
    }

    private void noteObstacles(int found) {
        obstacles[current] = found;
        if (found == 0) {
            free[freeCount++] = current;
        }
    }

    private int open(int stripe, int permission, int firstOwn) {
        int link = links.append(current);
        int own = link - firstOwn;
        if (own == ownStripes.length) {
            ownStripes = Arrays.copyOf(ownStripes, own * 2);
            ownPermissions = Arrays.copyOf(ownPermissions, own * 2);
        }
        ownStripes[own] = stripe;
        ownPermissions[own] = permission;
        return link;
    }

    /** Puts a link into the queue of a stripe; whether there is a group before its own. */
    private boolean enqueue(int link, int stripe, int permission) {
        int tail = tails[stripe];
        if (tail != NONE && groups.accepts(tail, permission)) {
            return join(tail, link);
        }
        int group = groups.append(tail, permission, link);
        links.setGroup(link, group);
        tails[stripe] = group;
        if (permission == Permission.ADD) {
            links.leaveToGroups(link);
        }
        if (tail == NONE) {
            return false;
        }
        links.setSuccessor(groups.firstLink(tail), current);
        return true;
    }

    private boolean join(int group, int link) {
        links.setNext(groups.join(group, link), link);
        links.setGroup(link, group);
        links.leaveToGroups(groups.firstLink(group));
        links.leaveToGroups(link);
        int previous = groups.previous(group);
        if (previous == NONE) {
            return false;
        }
        links.leaveToGroups(groups.firstLink(previous));
        return true;
    }

    /** An addition can be left pending if its stripe's group only adds too. */
    private void noteAddition(int access, int groupPermission) {
        if (groupPermission != Permission.ADD) {
            return;
        }
        declarations.defer(access);
        int id = declarations.cell(access).id;
        long low = Math.min(0, declarations.low(access));
        long high = Math.max(0, declarations.high(access));
        lowestSums[id] = Counters.plusSaturated(lowestSums[id], low);
        highestSums[id] = Counters.plusSaturated(highestSums[id], high);
    }
}
