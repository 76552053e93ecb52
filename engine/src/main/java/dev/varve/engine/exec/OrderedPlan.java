package dev.varve.engine.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The declared keys of a block and the order that follows from them.
 *
 * <p>Keys fall into stripes. In each stripe the transactions queue up by index, in groups: those that
 * only read stand beside each other, so do those that only add, and one that writes stands alone. A
 * transaction may start when the groups before all of its own are done. (The idea of deterministic
 * locking is Calvin's: Thomson et al., SIGMOD 2012; a group replaces the lock.)
 *
 * <p>Assumes: the calling thread builds the plan before any worker sees it, and clears it afterwards.
 * Workers only read it; what they write has arrays of its own in {@link OrderedEngine} and {@link
 * OrderedGates}.
 */
final class OrderedPlan implements AccessHints.KeySink {

    static final int NONE = -1;

    private final Keys keys;
    private final int stripeMask;
    private final KeyTable table = new KeyTable();

    /** By stripe: the last group of its queue, and the last link made for it. */
    private final int[] tails;

    private final int[] stripeLinks;

    /** By transaction: the first of its accesses and links. */
    private int[] firstAccess = {};

    private int[] firstLink = {};

    /** By access. */
    private int[] cellIds = new int[64];

    private int[] permissions = new int[64];
    private long[] lows = new long[64];
    private long[] highs = new long[64];
    private boolean[] deferrable = new boolean[64];

    /** By cell: its last access, and what all its additions together can amount to. */
    private int[] lastAccess = new int[64];

    private long[] lowestSums = new long[64];
    private long[] highestSums = new long[64];

    /** By link, which is a transaction's place in a group. */
    private final Links links = new Links();

    private final Groups groups = new Groups();

    private int transactions;
    private int accessCount;
    private int current;

    OrderedPlan(Keys keys, int stripes) {
        this.keys = keys;
        this.stripeMask = stripes - 1;
        this.tails = new int[stripes];
        this.stripeLinks = new int[stripes];
        Arrays.fill(tails, NONE);
        Arrays.fill(stripeLinks, NONE);
    }

    void build(AccessHints hints, int count) {
        clear();
        if (firstAccess.length <= count) {
            firstAccess = new int[Math.max(count + 1, firstAccess.length * 2)];
            firstLink = new int[firstAccess.length];
        }
        for (current = 0; current < count; current++) {
            firstAccess[current] = accessCount;
            firstLink[current] = links.size();
            hints.declare(current, this);
            link();
        }
        firstAccess[count] = accessCount;
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

    int accesses() {
        return accessCount;
    }

    Links links() {
        return links;
    }

    Groups groups() {
        return groups;
    }

    int firstAccess(int transaction) {
        return firstAccess[transaction];
    }

    int firstLink(int transaction) {
        return firstLink[transaction];
    }

    Cell cell(int access) {
        return table.cell(cellIds[access]);
    }

    void permit(Access opened, int access) {
        opened.permit(permissions[access], lows[access], highs[access]);
        opened.declaration = access;
    }

    /** Whether others may add to the key at the same time. */
    boolean isDeferrable(int access) {
        return deferrable[access];
    }

    long lowestSum(int access) {
        return lowestSums[cellIds[access]];
    }

    long highestSum(int access) {
        return highestSums[cellIds[access]];
    }

    int cellCount() {
        return table.size();
    }

    int cellId(int access) {
        return cellIds[access];
    }

    /** The cell of a key that some transaction has declared, or null. */
    @Nullable Cell findCell(byte[] key) {
        return table.find(key, keys.hash(key));
    }

    private void clear() {
        for (int id = 0; id < table.size(); id++) {
            int stripe = stripeOf(table.cell(id));
            tails[stripe] = NONE;
            stripeLinks[stripe] = NONE;
        }
        table.clear();
        links.clear();
        groups.clear();
        accessCount = 0;
        transactions = 0;
    }

    private int stripeOf(Cell cell) {
        return (int) (cell.hash() >>> 32 ^ cell.hash()) & stripeMask;
    }

    private void declare(byte[] key, int permission, long low, long high) {
        int known = table.size();
        int id = table.intern(key, keys.hash(key)).id;
        if (id == known) {
            openCell(id);
        }
        int access = lastAccess[id];
        if (access < firstAccess[current]) {
            access = append(id);
            permissions[access] = permission;
            lows[access] = low;
            highs[access] = high;
        } else {
            permissions[access] = Permission.join(permissions[access], permission);
            lows[access] = Math.min(lows[access], low);
            highs[access] = Math.max(highs[access], high);
        }
    }

    private void openCell(int id) {
        if (id == lastAccess.length) {
            lastAccess = Arrays.copyOf(lastAccess, id * 2);
            lowestSums = Arrays.copyOf(lowestSums, id * 2);
            highestSums = Arrays.copyOf(highestSums, id * 2);
        }
        lastAccess[id] = NONE;
        lowestSums[id] = 0;
        highestSums[id] = 0;
    }

    private int append(int id) {
        if (accessCount == cellIds.length) {
            int length = accessCount * 2;
            cellIds = Arrays.copyOf(cellIds, length);
            permissions = Arrays.copyOf(permissions, length);
            lows = Arrays.copyOf(lows, length);
            highs = Arrays.copyOf(highs, length);
            deferrable = Arrays.copyOf(deferrable, length);
        }
        cellIds[accessCount] = id;
        lastAccess[id] = accessCount;
        return accessCount++;
    }

    /** Puts the current transaction into the queues of its stripes, once into each. */
    private void link() {
        int firstOwn = links.size();
        for (int access = firstAccess[current]; access < accessCount; access++) {
            int stripe = stripeOf(cell(access));
            int link = stripeLinks[stripe];
            if (link < firstOwn) {
                stripeLinks[stripe] = links.append(current, stripe, permissions[access]);
            } else {
                links.widen(link, permissions[access]);
            }
        }
        for (int link = firstOwn; link < links.size(); link++) {
            int stripe = links.stripe(link);
            tails[stripe] = groups.enqueue(tails[stripe], link, links);
        }
        for (int access = firstAccess[current]; access < accessCount; access++) {
            noteAddition(access);
        }
    }

    private void noteAddition(int access) {
        boolean shared =
                permissions[access] == Permission.ADD
                        && links.permission(stripeLinks[stripeOf(cell(access))]) == Permission.ADD;
        deferrable[access] = shared;
        if (shared) {
            int id = cellIds[access];
            lowestSums[id] = Counters.plusSaturated(lowestSums[id], Math.min(0, lows[access]));
            highestSums[id] = Counters.plusSaturated(highestSums[id], Math.max(0, highs[access]));
        }
    }
}
