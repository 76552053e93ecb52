package dev.varve.sync.ethereum.trie;

/**
 * Takes the changes of a trie's records: see {@link NodeStore} for what has a record, and under
 * which key. One call of {@link MerkleTrie#collectDirty} names a path at most once.
 */
public interface NodeSink {

    /**
     * The record at a path is new, or replaces the one before. Both arrays are the sink's to keep.
     */
    void put(byte[] pathKey, byte[] nodeRlp);

    /** There is no record at a path any more. The array is the sink's to keep. */
    void delete(byte[] pathKey);
}
