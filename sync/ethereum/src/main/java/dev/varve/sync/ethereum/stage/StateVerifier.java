package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ItemId;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds the state again from the recorded changes of each block, in a map and in a fresh trie, and
 * compares it with the headers, the table of accounts, the code and the stored trie. One use, one
 * thread.
 */
final class StateVerifier {

    /** Reads of the stored trie after which its deeper nodes are let go. */
    private static final int TRIM_INTERVAL = 1 << 16;

    private static final int KEPT_LEVELS = 3;

    private final ChainVerifier chain;
    private final Problems problems;
    private final Keccak256 keccak = new Keccak256();
    private final byte[] noCode = Account.emptyCodeHash();

    /** The accounts as the blocks so far left them; null for one that is gone. */
    private final Map<Address, byte @Nullable []> accounts = new HashMap<>();

    private final MerkleTrie fresh = new MerkleTrie();
    private boolean rootsAgree = true;
    private long rootsChecked;
    private long accountsRead;

    StateVerifier(ChainVerifier chain, Problems problems) {
        this.chain = chain;
        this.problems = problems;
    }

    /**
     * Checks the state.
     *
     * @param rootsEnd height behind the last block whose root was checked when it was imported
     * @param executedEnd height behind the last block that was executed
     */
    void run(long rootsEnd, long executedEnd) {
        for (long height = 0; height < rootsEnd && !problems.isFull(); height++) {
            if (!replay(height)) {
                return;
            }
            checkRoot(height);
        }
        if (rootsEnd > 0) {
            checkStoredTrie(rootsEnd - 1);
        }
        for (long height = rootsEnd; height < executedEnd && !problems.isFull(); height++) {
            if (!replay(height)) {
                return;
            }
        }
        accounts.forEach(this::checkAccount);
    }

    long rootsChecked() {
        return rootsChecked;
    }

    long accountsRead() {
        return accountsRead;
    }

    /** Transactions in all blocks up to a height, as the changes record them. */
    long transactionsUpTo(long last) {
        long transactions = 0;
        for (long height = 0; height <= last; height++) {
            byte[] changes = chain.get(ChainTables.ACCOUNT_CHANGE, height);
            transactions += changes == null ? 0 : AccountChanges.transactions(changes);
        }
        return transactions;
    }

    /** Without the changes of one block nothing can be said of those behind it. */
    private boolean replay(long height) {
        boolean[] done = new boolean[1];
        problems.guard(
                "changes of block " + height,
                () -> {
                    byte[] changes = chain.get(ChainTables.ACCOUNT_CHANGE, height);
                    if (changes == null) {
                        problems.add("block " + height + ": there is no record of its changes");
                        return;
                    }
                    AccountChanges.visit(changes, this::change);
                    done[0] = true;
                });
        return done[0];
    }

    private void change(Address address, byte @Nullable [] account) {
        accounts.put(address, account);
        byte[] key = keccak.hash(address.bytes());
        if (account == null) {
            fresh.delete(key);
        } else {
            fresh.put(key, account);
        }
    }

    /** Tells the first difference only: every root behind it differs too. */
    private void checkRoot(long height) {
        byte[] root = fresh.rootHash();
        rootsChecked++;
        problems.guard(
                "block " + height,
                () -> {
                    HeaderRecord block = chain.header(height);
                    if (block != null
                            && rootsAgree
                            && !block.header().matches(HeaderField.STATE_ROOT, root)) {
                        rootsAgree = false;
                        problems.add(
                                ChainVerifier.name(height, block) + ": the recorded changes lead"
                                        + " to the state root " + ItemId.of(root)
                                        + ", its header names "
                                        + ItemId.of(block.header().stateRoot()));
                    }
                });
    }

    private void checkStoredTrie(long height) {
        problems.guard(
                "state trie of block " + height,
                () -> {
                    HeaderRecord block = chain.header(height);
                    if (block != null) {
                        readBack(height, block.header().stateRoot());
                    }
                });
    }

    private void readBack(long height, byte[] root) {
        MerkleTrie stored = MerkleTrie.open(path -> chain.get(ChainTables.TRIE, path), root);
        for (Map.Entry<Address, byte @Nullable []> account : accounts.entrySet()) {
            if (problems.isFull()) {
                return;
            }
            byte[] found = stored.get(keccak.hash(account.getKey().bytes()));
            if (!Arrays.equals(found, account.getValue())) {
                problems.add(
                        "account " + account.getKey() + ": the state trie of block " + height
                                + " has " + text(found) + ", the recorded changes lead to "
                                + text(account.getValue()));
            }
            if (found != null) {
                accountsRead++;
            }
            if (accountsRead % TRIM_INTERVAL == TRIM_INTERVAL - 1) {
                stored.trim(KEPT_LEVELS);
            }
        }
    }

    private void checkAccount(Address address, byte @Nullable [] expected) {
        if (problems.isFull()) {
            return;
        }
        problems.guard(
                "account " + address,
                () -> {
                    byte[] found = chain.get(ChainTables.ACCOUNT, address.bytes());
                    if (!Arrays.equals(found, expected)) {
                        problems.add(
                                "account " + address + ": the table has " + text(found)
                                        + ", the recorded changes lead to " + text(expected));
                    }
                    if (expected != null) {
                        checkCode(address, Account.decode(expected).codeHash());
                    }
                });
    }

    private void checkCode(Address address, byte[] codeHash) {
        if (Arrays.equals(codeHash, noCode)) {
            return;
        }
        byte[] code = chain.get(ChainTables.CODE, codeHash);
        if (code == null || !Arrays.equals(keccak.hash(code), codeHash)) {
            problems.add(
                    "account " + address + ": its code " + ItemId.of(codeHash) + " is "
                            + (code == null ? "missing" : "another"));
        }
    }

    private static String text(byte @Nullable [] account) {
        return account == null ? "none" : Account.decode(account).toString();
    }
}
