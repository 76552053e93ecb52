/** The Ethereum profile: codecs, trie, stages and block sources. */
module dev.varve.sync.ethereum {
    requires static org.jspecify;
    requires transitive dev.varve.engine;
    requires transitive dev.varve.sync;
    requires com.fasterxml.jackson.core;
    requires org.bouncycastle.provider;

    exports dev.varve.sync.ethereum;
    exports dev.varve.sync.ethereum.crypto;
    exports dev.varve.sync.ethereum.replay;
    exports dev.varve.sync.ethereum.rlp;
    exports dev.varve.sync.ethereum.source;
    exports dev.varve.sync.ethereum.stage;
    exports dev.varve.sync.ethereum.trie;
}
