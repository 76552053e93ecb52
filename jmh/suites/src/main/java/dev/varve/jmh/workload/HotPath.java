package dev.varve.jmh.workload;

import dev.varve.logstore.Durability;
import dev.varve.logstore.LogOptions;
import dev.varve.logstore.ReadAdvice;
import java.util.Arrays;
import java.util.Optional;

/**
 * The performance-critical paths, as ARCHITECTURE.md lists them. Each has a suite of this name,
 * with a budget for its counters.
 */
public enum HotPath {
    APPEND("append", "put a record of 32 + 100 bytes, 1,000 to a commit that does not force"),
    COMMIT_NONE("commit-none", "commit one record, visible on return"),
    COMMIT_GROUP("commit-group", "commit one record, durable on return"),
    COMMIT_SHARED("commit-shared", "commit one record from one of 64 threads, durable on return"),
    MAINTENANCE("maintenance", "put a record, and write and merge the index on disk as they come"),
    GET("get", "look up a key that is there and copy its value"),
    GET_SHARED("get-shared", "look up a key that is there, on all processors at once"),
    VIEW("view", "look up a key that is there and look at its value where it lies"),
    MISS("miss", "look up a key that is not there"),
    COLD_GET("cold-get", "look up a key that is there, its record read by position"),
    COLD_MISS("cold-miss", "look up a key that is not there, with the index in files"),
    GET_ALL("get-all", "look up one of 256 keys at once, their records read by position"),
    RUN_FIND("run-find", "find a record's position in a file of the index"),
    RUN_WRITE("run-write", "write an entry of a file of the index"),
    RUN_MERGE("run-merge", "merge an entry of four files of the index into one"),
    DEDUP("dedup", "add an id where it is absent, 256 to a request, half of them known"),
    SCAN("scan", "visit the next record of a table by height"),
    RECOVERY("recovery", "open a store that was not closed"),
    TRIE("trie", "change four values of a trie and ask for its root"),
    STAGE("stage", "take one item through two small stages, 256 to a step"),
    ID_HASH("id-hash", "hash an id of 32 bytes to 128 bits"),
    FILTER_CONTAINS("filter-contains", "ask the filter for an id, 256 to a batch"),
    FILTER_SHARED("filter-shared", "ask the filter for an id, on all processors at once"),
    FILTER_ADD("filter-add", "add an id to the filter, 256 to a batch"),
    KECCAK("keccak", "hash 532 bytes"),
    SENDER("sender", "find out who signed a transfer"),
    RLP("rlp", "read the items of a transfer and write them again"),
    EXECUTOR("executor", "execute a transfer, 1,000 to a block, in each mode in turn");

    /** Short, so that there is something to merge soon. */
    private static final long SHORT_SEGMENT_BYTES = 1 << 20;

    private final String suite;
    private final String summary;

    HotPath(String suite, String summary) {
        this.suite = suite;
        this.summary = summary;
    }

    /** The name of the path's suite, and of its budget file. */
    public String suite() {
        return suite;
    }

    /** What one operation is. */
    public String summary() {
        return summary;
    }

    /** The path as a program; the caller closes it. */
    public Workload open(Site site) {
        return switch (this) {
            case APPEND -> append(site, Durability.NONE, Records.BATCH);
            case COMMIT_NONE -> append(site, Durability.NONE, 1);
            case COMMIT_GROUP -> append(site, Durability.GROUP, 1);
            case COMMIT_SHARED ->
                new SharedCommitWorkload(site, SharedCommitWorkload.Crowd.AS_IT_COMES);
            case MAINTENANCE ->
                new AppendWorkload(
                        site,
                        LogOptions.bulk().withSegmentBytes(SHORT_SEGMENT_BYTES),
                        AppendWorkload.Upkeep.AFTER_COMMIT,
                        Records.BATCH);
            case GET -> new GetWorkload(site, LookupStore.warm(site), GetWorkload.Lookup.COPY);
            case GET_SHARED -> GetWorkload.shared(site);
            case VIEW -> new GetWorkload(site, LookupStore.warm(site), GetWorkload.Lookup.VIEW);
            case MISS -> new GetWorkload(site, LookupStore.warm(site), GetWorkload.Lookup.MISS);
            case COLD_GET ->
                new GetWorkload(site, LookupStore.cold(site), GetWorkload.Lookup.COPY);
            case COLD_MISS ->
                new GetWorkload(site, LookupStore.cold(site), GetWorkload.Lookup.MISS);
            case GET_ALL -> new GetAllWorkload(site);
            case RUN_FIND -> new RunFindWorkload(site);
            case RUN_WRITE -> new RunWriteWorkload(site);
            case RUN_MERGE -> new RunMergeWorkload(site);
            case DEDUP -> new DedupWorkload(site, ReadAdvice.AUTO);
            case SCAN -> new ScanWorkload(site);
            case RECOVERY -> new RecoveryWorkload(site);
            case TRIE -> new TrieWorkload(site);
            case STAGE -> new StageWorkload(site);
            case ID_HASH -> new IdHashWorkload(site);
            case FILTER_CONTAINS -> new FilterWorkload(site, FilterWorkload.Action.CONTAINS);
            case FILTER_SHARED -> FilterWorkload.shared(site);
            case FILTER_ADD -> new FilterWorkload(site, FilterWorkload.Action.ADD);
            case KECCAK -> new KeccakWorkload(site);
            case SENDER -> new SenderWorkload(site);
            case RLP -> new RlpWorkload(site);
            case EXECUTOR -> ExecutorWorkload.everyMode(site.seed());
        };
    }

    private static Workload append(Site site, Durability durability, int recordsOfBatch) {
        return new AppendWorkload(
                site,
                LogOptions.bulk().withDurability(durability),
                AppendWorkload.Upkeep.NONE,
                recordsOfBatch);
    }

    /**
     * As {@link #open}, for counting: where the number of calls would depend on how fast threads
     * come, or reads are, that is told here.
     */
    public Workload openCounted(Site site) {
        return switch (this) {
            case COMMIT_SHARED ->
                    new SharedCommitWorkload(site, SharedCommitWorkload.Crowd.WAITED_FOR);
            case DEDUP -> new DedupWorkload(site, ReadAdvice.POSITIONAL);
            default -> open(site);
        };
    }

    /** The path of a suite. */
    public static Optional<HotPath> of(String suite) {
        return Arrays.stream(values()).filter(path -> path.suite.equals(suite)).findFirst();
    }
}
