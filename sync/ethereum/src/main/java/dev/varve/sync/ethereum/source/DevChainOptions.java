package dev.varve.sync.ethereum.source;

/**
 * What a generated chain is like; the same options always make the same chain.
 *
 * @param blocks blocks behind the genesis block, 1 to 100,000,000
 * @param transactions transfers in each of them, 0 to 10,000
 * @param seed where the pseudo-random choices start
 */
public record DevChainOptions(long blocks, int transactions, long seed) {

    /** Small enough to be generated and imported in seconds: signing dominates. */
    public static final DevChainOptions DEFAULT = new DevChainOptions(1_000, 8, 1);

    private static final long MAX_BLOCKS = 100_000_000;
    private static final int MAX_TRANSACTIONS = 10_000;

    public DevChainOptions {
        check("blocks", blocks, 1, MAX_BLOCKS);
        check("txs", transactions, 0, MAX_TRANSACTIONS);
    }

    /** Reads "blocks=N,txs=M,seed=S"; what is not named has its default. */
    public static DevChainOptions parse(String text) {
        long blocks = DEFAULT.blocks;
        long transactions = DEFAULT.transactions;
        long seed = DEFAULT.seed;
        for (String option : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            long value = number(option, option.substring(equals + 1));
            switch (name.strip()) {
                case "blocks" -> blocks = value;
                case "txs" -> transactions = value;
                case "seed" -> seed = value;
                default -> throw unknown(option);
            }
        }
        check("txs", transactions, 0, MAX_TRANSACTIONS);
        return new DevChainOptions(blocks, (int) transactions, seed);
    }

    private static long number(String option, String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("no number in \"" + option + "\"", e);
        }
    }

    private static IllegalArgumentException unknown(String option) {
        return new IllegalArgumentException(
                "\"" + option + "\" is none of blocks=N, txs=M, seed=S");
    }

    private static void check(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + "=" + value + " is not between " + least + " and " + most);
        }
    }
}
