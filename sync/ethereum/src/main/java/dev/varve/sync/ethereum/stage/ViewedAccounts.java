package dev.varve.sync.ethereum.stage;

import dev.varve.engine.exec.TxView;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import java.math.BigInteger;

/** The accounts as one transaction sees and changes them: an encoded account for each address. */
record ViewedAccounts(TxView view) {

    /** The account, or one without anything if there is none. */
    Account get(Address address) {
        byte[] value = view.get(address.bytes());
        return value == null ? WorldState.NONE : Account.decode(value);
    }

    void put(Address address, Account account) {
        view.put(address.bytes(), account.encode());
    }

    void credit(Address address, BigInteger wei) {
        Account account = get(address);
        put(address, account.with(account.nonce(), account.balance().add(wei)));
    }

    void dropIfEmpty(Address address) {
        if (get(address).isEmpty()) {
            view.delete(address.bytes());
        }
    }
}
