package dev.varve.sync.ethereum.replay;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A real block as it was recorded: for each transaction the accounts and slots that it touched,
 * with their values before and after. Immutable; addresses, slots and code hashes are as the record
 * writes them.
 */
public record RecordedBlock(long number, String coinbase, List<List<Touch>> transactions) {

    /** Takes lists that do not change any more. */
    public RecordedBlock {
        transactions = List.copyOf(transactions);
    }

    /** One account or slot in one transaction. */
    public sealed interface Touch permits AccountTouch, SlotTouch, Credit {}

    /**
     * An account other than by a mere credit to the coinbase.
     *
     * @param after null where it was only read
     */
    public record AccountTouch(String address, Account before, @Nullable Account after)
            implements Touch {}

    /** Balance in wei, nonce, and the hash of the code, which is empty where it is unknown. */
    public record Account(BigInteger balance, long nonce, String codeHash) {}

    /**
     * A slot of a contract.
     *
     * @param after null where it was only read
     */
    public record SlotTouch(String address, String slot, String before, @Nullable String after)
            implements Touch {}

    /** The coinbase got so many wei; nothing else of it changed, and it did not send. */
    public record Credit(BigInteger amount) implements Touch {}
}
