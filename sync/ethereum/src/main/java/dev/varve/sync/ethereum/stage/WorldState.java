package dev.varve.sync.ethereum.stage;

import dev.varve.sync.StepContext;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The accounts while blocks are executed: reads through to the table of accounts, remembers what it
 * read across steps, and collects what one block changes.
 *
 * <p>For the stage's thread, but for {@link #encoded}: while that thread is inside of an execution
 * and changes nothing, those that execute with it read. They take turns, because a read remembers
 * what it found and goes through the step's context, which knows one thread; it is short beside a
 * transaction's signature.
 */
final class WorldState {

    private static final int MAX_REMEMBERED = 100_000;

    /** A map that held more, as of a genesis, is not used again: clearing walks its whole table. */
    private static final int MAX_CLEARED = 1_024;

    /** What an address without an account is like. */
    static final Account NONE = Account.plain(0, BigInteger.ZERO);

    private final Map<Address, @Nullable Account> remembered = new HashMap<>();
    private Map<Address, @Nullable Account> changed = new LinkedHashMap<>();
    private @Nullable StepContext context;

    /**
     * Begins a step: what is remembered holds only if the step goes on where the last one ended.
     */
    void begin(StepContext stepContext) {
        context = stepContext;
        forgetChanges();
        if (!stepContext.continues() || remembered.size() > MAX_REMEMBERED) {
            remembered.clear();
        }
    }

    /** The account, or one without anything if there is none. */
    Account get(Address address) {
        Account account = find(address);
        return account == null ? NONE : account;
    }

    /** The encoded account of an address, or null; the array is not kept. */
    synchronized byte @Nullable [] encoded(byte[] address) {
        Account account = find(Address.of(address.clone()));
        return account == null ? null : account.encode();
    }

    private @Nullable Account find(Address address) {
        if (changed.containsKey(address)) {
            return changed.get(address);
        }
        if (remembered.containsKey(address)) {
            return remembered.get(address);
        }
        byte[] value = Objects.requireNonNull(context).get(ChainTables.ACCOUNT, address.bytes());
        Account account = value == null ? null : Account.decode(value);
        remembered.put(address, account);
        return account;
    }

    void put(Address address, Account account) {
        changed.put(address, account);
    }

    void delete(Address address) {
        changed.put(address, null);
    }

    void credit(Address address, BigInteger wei) {
        Account account = get(address);
        put(address, account.with(account.nonce(), account.balance().add(wei)));
    }

    /** What the block changed so far, each address once, in the order of the first change. */
    Map<Address, @Nullable Account> changes() {
        return changed;
    }

    /** Ends a block: its changes are remembered, and the next block's start empty. */
    void endBlock() {
        remembered.putAll(changed);
        forgetChanges();
    }

    private void forgetChanges() {
        if (changed.size() > MAX_CLEARED) {
            changed = new LinkedHashMap<>();
        } else {
            changed.clear();
        }
    }
}
