package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.TableSpec;

/** The tables of an Ethereum chain. What their values are is in {@code docs/FORMAT-ethereum.md}. */
public final class ChainTables {

    /** Height to {@link HeaderRecord}. */
    public static final TableSpec HEADER = TableSpec.byHeight("eth.header");

    /** Block hash to height, 8 bytes, big-endian. */
    public static final TableSpec BLOCK_HASH = TableSpec.byKey("eth.block-hash");

    /** Height to the list of transactions, uncles and, where there are any, withdrawals. */
    public static final TableSpec BODY = TableSpec.byHeight("eth.body");

    /** Transaction hash to {@link TxLocation}; every transaction is there once. */
    public static final TableSpec TX_LOOKUP = TableSpec.deduplicated("eth.tx-lookup");

    /** Height to the list of receipts, where the source had them. */
    public static final TableSpec RECEIPTS = TableSpec.byHeight("eth.receipts");

    /** Address to account, as of the newest executed block. */
    public static final TableSpec ACCOUNT = TableSpec.byKey("eth.account");

    /** Height to {@link AccountChanges}: what the block did to accounts. */
    public static final TableSpec ACCOUNT_CHANGE = TableSpec.byHeight("eth.account-change");

    /** Code hash to code. */
    public static final TableSpec CODE = TableSpec.byKey("eth.code");

    /** Path to node of the state trie, as of the newest checked block. */
    public static final TableSpec TRIE = TableSpec.byKey("eth.trie");

    /** The one key "head" to {@link HeadRecord}: the newest block that all stages are past. */
    public static final TableSpec HEAD = TableSpec.byKey("eth.head");

    private ChainTables() {}
}
