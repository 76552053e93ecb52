package dev.varve.sync.ethereum;

import java.math.BigInteger;

/**
 * The forks of the main network that change what this profile does, in their order. A chain is at a
 * fork from a height or time on that its genesis file gives; a fork includes all before it.
 */
public enum Fork {
    FRONTIER(Trigger.GENESIS),
    HOMESTEAD(Trigger.HEIGHT, "homesteadBlock"),
    TANGERINE_WHISTLE(Trigger.HEIGHT, "eip150Block"),
    SPURIOUS_DRAGON(Trigger.HEIGHT, "eip158Block", "eip155Block"),
    BYZANTIUM(Trigger.HEIGHT, "byzantiumBlock"),
    CONSTANTINOPLE(Trigger.HEIGHT, "constantinopleBlock"),
    PETERSBURG(Trigger.HEIGHT, "petersburgBlock", "constantinopleFixBlock"),
    ISTANBUL(Trigger.HEIGHT, "istanbulBlock"),
    MUIR_GLACIER(Trigger.HEIGHT, "muirGlacierBlock"),
    BERLIN(Trigger.HEIGHT, "berlinBlock"),
    LONDON(Trigger.HEIGHT, "londonBlock"),
    ARROW_GLACIER(Trigger.HEIGHT, "arrowGlacierBlock"),
    GRAY_GLACIER(Trigger.HEIGHT, "grayGlacierBlock"),
    PARIS(Trigger.MERGE),
    SHANGHAI(Trigger.TIME, "shanghaiTime"),
    CANCUN(Trigger.TIME, "cancunTime"),
    PRAGUE(Trigger.TIME, "pragueTime"),
    OSAKA(Trigger.TIME, "osakaTime");

    /** What begins a fork. */
    enum Trigger {
        GENESIS,
        HEIGHT,
        /** The first block without difficulty. */
        MERGE,
        TIME
    }

    private static final BigInteger ETHER = BigInteger.TEN.pow(18);

    private final Trigger trigger;
    private final String key;
    private final String otherKey;

    Fork(Trigger trigger) {
        this(trigger, "");
    }

    Fork(Trigger trigger, String key) {
        this(trigger, key, key);
    }

    Fork(Trigger trigger, String key, String otherKey) {
        this.trigger = trigger;
        this.key = key;
        this.otherKey = otherKey;
    }

    Trigger trigger() {
        return trigger;
    }

    /** Whether this is the name of the fork's height or time in a genesis file. */
    public boolean isNamed(String name) {
        return name.equals(key) || name.equals(otherKey);
    }

    /** Whether this fork includes the given one. */
    public boolean includes(Fork other) {
        return compareTo(other) >= 0;
    }

    /** What the author of a block is paid for it, in wei. */
    public BigInteger blockReward() {
        if (includes(PARIS)) {
            return BigInteger.ZERO;
        }
        int ether = includes(CONSTANTINOPLE) ? 2 : includes(BYZANTIUM) ? 3 : 5;
        return ETHER.multiply(BigInteger.valueOf(ether));
    }

    /** Whether a receipt says if the transaction succeeded, instead of naming the state root. */
    public boolean hasStatusReceipts() {
        return includes(BYZANTIUM);
    }

    /** Contracts built into the protocol before the merge, at the addresses from 1 on. */
    int builtInContracts() {
        return includes(ISTANBUL) ? 9 : includes(BYZANTIUM) ? 8 : 4;
    }

    /** Blocks by which the growth of the difficulty is put off. */
    long difficultyDelay() {
        if (includes(GRAY_GLACIER)) {
            return 11_400_000;
        }
        if (includes(ARROW_GLACIER)) {
            return 10_700_000;
        }
        if (includes(LONDON)) {
            return 9_700_000;
        }
        if (includes(MUIR_GLACIER)) {
            return 9_000_000;
        }
        return includes(CONSTANTINOPLE) ? 5_000_000 : includes(BYZANTIUM) ? 3_000_000 : 0;
    }
}
