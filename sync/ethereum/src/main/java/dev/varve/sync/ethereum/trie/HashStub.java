package dev.varve.sync.ethereum.trie;

/**
 * Stands for a node that is in the store and not in memory: nothing is known of it but its hash.
 */
final class HashStub extends Node {

    HashStub(byte[] hash, int from) {
        refer(hash, from);
        saved = true;
        recorded = true;
    }
}
