/** The Ethereum profile: codecs, trie, stages and block sources. */
module dev.varve.sync.ethereum {
    requires static org.jspecify;
    requires transitive dev.varve.sync;
    requires org.bouncycastle.provider;
}
