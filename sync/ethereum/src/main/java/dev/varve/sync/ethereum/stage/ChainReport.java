package dev.varve.sync.ethereum.stage;

import java.util.List;

/**
 * What {@link ChainVerifier} found.
 *
 * @param headers whose hash, number, link and total difficulty were compared
 * @param bodies whose roots were compared
 * @param stateRoots computed again from the recorded changes
 * @param accounts found in the state trie, each of them read back
 * @param problems one sentence for each thing that is wrong, with height and hash; empty if nothing
 */
public record ChainReport(
        long headers, long bodies, long stateRoots, long accounts, List<String> problems) {

    public ChainReport {
        problems = List.copyOf(problems);
    }

    /** Whether nothing is wrong. */
    public boolean isClean() {
        return problems.isEmpty();
    }
}
