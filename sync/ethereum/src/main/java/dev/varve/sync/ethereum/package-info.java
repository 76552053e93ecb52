/**
 * The Ethereum profile: codecs, trie, stages and block sources.
 */
@NullMarked
package dev.varve.sync.ethereum;

import org.jspecify.annotations.NullMarked;
