package dev.varve.jmh.workload;

import dev.varve.logstore.Durability;
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
    GET("get", "look up a key that is there and copy its value"),
    VIEW("view", "look up a key that is there and look at its value where it lies"),
    MISS("miss", "look up a key that is not there"),
    SCAN("scan", "visit the next record of a table by height"),
    RECOVERY("recovery", "open a store that was not closed"),
    TRIE("trie", "change four values of a trie and ask for its root"),
    STAGE("stage", "take one item through two small stages, 256 to a step"),
    ID_HASH("id-hash", "hash an id of 32 bytes to 128 bits"),
    FILTER_CONTAINS("filter-contains", "ask the filter for an id, 256 to a batch"),
    FILTER_ADD("filter-add", "add an id to the filter, 256 to a batch"),
    KECCAK("keccak", "hash 532 bytes"),
    SENDER("sender", "find out who signed a transfer"),
    RLP("rlp", "read the items of a transfer and write them again"),
    EXECUTOR("executor", "execute a transfer, 1,000 to a block, in each mode in turn");

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
            case APPEND -> new AppendWorkload(site, Durability.NONE, Records.BATCH);
            case COMMIT_NONE -> new AppendWorkload(site, Durability.NONE, 1);
            case COMMIT_GROUP -> new AppendWorkload(site, Durability.GROUP, 1);
            case GET -> new GetWorkload(site, GetWorkload.Lookup.COPY);
            case VIEW -> new GetWorkload(site, GetWorkload.Lookup.VIEW);
            case MISS -> new GetWorkload(site, GetWorkload.Lookup.MISS);
            case SCAN -> new ScanWorkload(site);
            case RECOVERY -> new RecoveryWorkload(site);
            case TRIE -> new TrieWorkload(site);
            case STAGE -> new StageWorkload(site);
            case ID_HASH -> new IdHashWorkload(site);
            case FILTER_CONTAINS -> new FilterWorkload(site, FilterWorkload.Action.CONTAINS);
            case FILTER_ADD -> new FilterWorkload(site, FilterWorkload.Action.ADD);
            case KECCAK -> new KeccakWorkload(site);
            case SENDER -> new SenderWorkload(site);
            case RLP -> new RlpWorkload(site);
            case EXECUTOR -> ExecutorWorkload.everyMode(site.seed());
        };
    }

    /** The path of a suite. */
    public static Optional<HotPath> of(String suite) {
        return Arrays.stream(values()).filter(path -> path.suite.equals(suite)).findFirst();
    }
}
