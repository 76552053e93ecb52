package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.io.StorageException;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.trie.TrieNodeException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, up to so many sentences. For one thread. */
final class Problems {

    private static final int MAX_PROBLEMS = 100;

    private final List<String> found = new ArrayList<>();

    void add(String problem) {
        if (!isFull()) {
            found.add(problem);
        }
    }

    /** Looking further would tell nothing new. */
    boolean isFull() {
        return found.size() >= MAX_PROBLEMS;
    }

    /** Runs a check; records that cannot be read, or are not what they should be, are a problem. */
    void guard(String what, Runnable check) {
        try {
            check.run();
        } catch (StorageException | RlpException | TrieNodeException e) {
            add(what + ": " + e.getMessage());
        }
    }

    List<String> all() {
        return found;
    }
}
