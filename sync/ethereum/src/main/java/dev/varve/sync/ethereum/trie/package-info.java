/**
 * The Merkle-Patricia trie of Ethereum (Yellow Paper, appendix D).
 *
 * <p>Read {@link MerkleTrie} first, then {@link NodeStore} for how nodes are stored: by their path,
 * so that the record of a changed node replaces its predecessor (the idea is turbo-geth's), and not
 * by their hash, which would leave every former version behind.
 */
@NullMarked
package dev.varve.sync.ethereum.trie;

import org.jspecify.annotations.NullMarked;
