package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ItemId;

/**
 * A block cannot be executed here: it needs an EVM, or rules of a fork that native execution does
 * not know. Says nothing about the block's validity.
 */
public final class UnsupportedBlockException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long height;
    private final ItemId id;

    UnsupportedBlockException(long height, ItemId id, String why) {
        super("block " + height + " (" + id + ") cannot be executed: " + why);
        this.height = height;
        this.id = id;
    }

    public long height() {
        return height;
    }

    /** The block's hash. */
    public ItemId id() {
        return id;
    }
}
