package dev.varve.engine.exec;

/**
 * Measures {@link DependencyStats} while a block commits: for each key the depth of the chain that
 * ends in its value is kept in its cell. Used by the committer only, transaction by transaction:
 * {@link #begin}, then {@link #read} and {@link #wrote} for all its keys, then {@link #end}.
 */
final class DependencyMeter {

    private final KindCounts conflicts;

    private int dependent;
    private int dependentStrict;
    private int longest;
    private int longestStrict;
    private long longestNs;
    private long totalNs;

    private int below;
    private int belowStrict;
    private long belowNs;
    private long durationNs;

    DependencyMeter(KeyClassifier classifier) {
        conflicts = new KindCounts(classifier);
    }

    void clear() {
        conflicts.clear();
        dependent = 0;
        dependentStrict = 0;
        longest = 0;
        longestStrict = 0;
        longestNs = 0;
        totalNs = 0;
    }

    void begin(long transactionNs) {
        below = 0;
        belowStrict = 0;
        belowNs = 0;
        durationNs = transactionNs;
    }

    /** The transaction used a key; {@code calls} are the bits of {@link Access}. */
    void read(Cell cell, int calls) {
        WriterDepth writers = cell.writers;
        if ((calls & Access.GOT) != 0) {
            if (writers.commuting > 0) {
                conflicts.count(cell.key());
            }
            below = Math.max(below, writers.commuting);
            belowNs = Math.max(belowNs, writers.ns);
        }
        if ((calls & (Access.GOT | Access.ADDED)) != 0) {
            belowStrict = Math.max(belowStrict, writers.strict);
        }
    }

    /** The transaction changed a key; after all its reads. */
    void wrote(Cell cell, int calls) {
        WriterDepth writers = cell.writers;
        writers.strict = belowStrict + 1;
        if (calls == Access.ADDED) {
            writers.commuting = Math.max(writers.commuting, below + 1);
            writers.ns = Math.max(writers.ns, belowNs + durationNs);
        } else {
            writers.commuting = below + 1;
            writers.ns = belowNs + durationNs;
        }
    }

    void end() {
        dependent += below > 0 ? 1 : 0;
        dependentStrict += belowStrict > 0 ? 1 : 0;
        longest = Math.max(longest, below + 1);
        longestStrict = Math.max(longestStrict, belowStrict + 1);
        longestNs = Math.max(longestNs, belowNs + durationNs);
        totalNs += durationNs;
    }

    /** A whole transaction, from the log of its valid execution. */
    void measure(AccessLog log, boolean succeeded, long ns) {
        begin(ns);
        for (int i = 0; i < log.size(); i++) {
            read(log.get(i).cell, log.get(i).calls);
        }
        for (int i = 0; succeeded && i < log.size(); i++) {
            Access access = log.get(i);
            if (access.write != Access.Write.NONE) {
                wrote(access.cell, access.calls);
            }
        }
        end();
    }

    DependencyStats stats(int transactions) {
        return new DependencyStats(
                transactions,
                dependent,
                dependentStrict,
                longest,
                longestStrict,
                longestNs,
                totalNs,
                conflicts.toMap());
    }
}
