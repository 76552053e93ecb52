package dev.varve.engine.exec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A real block as it was recorded: for each transaction the accounts and slots that it touched, with
 * their values before and after.
 */
record RecordedBlock(long number, String coinbase, List<List<Touch>> transactions) {

    /** One account or slot in one transaction; {@code after} is null where it was only read. */
    sealed interface Touch permits AccountTouch, SlotTouch, Credit {}

    /** An account other than by a mere credit to the coinbase. */
    record AccountTouch(String address, Account before, @Nullable Account after) implements Touch {}

    /** Balance, nonce and code hash, which may be unknown. */
    record Account(BigInteger balance, long nonce, String codeHash) {}

    record SlotTouch(String address, String slot, String before, @Nullable String after)
            implements Touch {}

    /** The coinbase got something; nothing else of it changed, and it did not send. */
    record Credit(BigInteger amount) implements Touch {}

    static List<Touch> touches(Map<String, Object> line, String coinbase) {
        List<Touch> touches = new ArrayList<>();
        String sender = (String) Objects.requireNonNull(line.get("from"));
        for (List<?> row : rows(line, "acc")) {
            touches.add(account(row, coinbase, sender));
        }
        for (List<?> row : rows(line, "slot")) {
            String after = row.size() > 3 ? text(row, 3) : null;
            touches.add(new SlotTouch(text(row, 0), text(row, 1), text(row, 2), after));
        }
        return touches;
    }

    private static Touch account(List<?> row, String coinbase, String sender) {
        Account before = new Account(quantity(row, 1), number(row, 2), "");
        if (row.size() == 3) {
            return new AccountTouch(text(row, 0), before, null);
        }
        String code = row.size() > 5 ? text(row, 5) : "";
        Account after = new Account(quantity(row, 3), number(row, 4), code);
        boolean isCredit =
                text(row, 0).equals(coinbase)
                        && !sender.equals(coinbase)
                        && after.nonce() == before.nonce()
                        && code.isEmpty()
                        && after.balance().compareTo(before.balance()) >= 0;
        return isCredit
                ? new Credit(after.balance().subtract(before.balance()))
                : new AccountTouch(text(row, 0), before, after);
    }

    @SuppressWarnings("unchecked")
    private static List<List<?>> rows(Map<String, Object> line, String name) {
        return (List<List<?>>) Objects.requireNonNull(line.get(name));
    }

    private static String text(List<?> row, int i) {
        return (String) Objects.requireNonNull(row.get(i));
    }

    private static long number(List<?> row, int i) {
        return (Long) Objects.requireNonNull(row.get(i));
    }

    private static BigInteger quantity(List<?> row, int i) {
        return new BigInteger(text(row, i).substring(2), 16);
    }
}
