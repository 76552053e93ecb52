package dev.varve.cli;

import dev.varve.sync.ethereum.replay.SyntheticTransfers;
import dev.varve.sync.ethereum.replay.Work;

/**
 * What a made-up block is like.
 *
 * @param accounts between which its transactions transfer, 2 to 10,000,000
 * @param transactions 1 to 1,048,576
 * @param costUs microseconds that each of them works, 0 to 1,000,000
 */
record SyntheticSpec(int accounts, int transactions, double costUs) {

    private static final int MAX_ACCOUNTS = 10_000_000;
    private static final int MAX_TRANSACTIONS = 1 << 20;
    private static final double MAX_COST_US = 1e6;
    private static final long SEED = 1;

    SyntheticSpec {
        check("accounts", accounts, 2, MAX_ACCOUNTS);
        check("txs", transactions, 1, MAX_TRANSACTIONS);
        check("cost-us", costUs, 0, MAX_COST_US);
    }

    /** Reads "accounts=A,txs=N,cost-us=X"; throws {@link IllegalArgumentException}. */
    static SyntheticSpec parse(String text) {
        int accounts = 1_000;
        int transactions = 10_000;
        double costUs = 1;
        for (String option : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            String value = option.substring(equals + 1).strip();
            try {
                switch (name.strip()) {
                    case "accounts" -> accounts = Integer.parseInt(value);
                    case "txs" -> transactions = Integer.parseInt(value);
                    case "cost-us" -> costUs = Double.parseDouble(value);
                    default ->
                            throw new IllegalArgumentException(
                                    "\"" + option + "\" is none of accounts=A, txs=N, cost-us=X");
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "no number, or too high a one, in \"" + option + "\"", e);
            }
        }
        return new SyntheticSpec(accounts, transactions, costUs);
    }

    SyntheticTransfers block() {
        return new SyntheticTransfers(
                accounts, transactions, Work.ofMicroseconds(costUs), SEED);
    }

    /** Refuses what is no number, too. */
    private static void check(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + "=" + value + " is not between " + least + " and " + most);
        }
    }
}
