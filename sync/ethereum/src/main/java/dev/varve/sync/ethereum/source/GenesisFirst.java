package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.BlockHeader;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A source that begins at height 1, with the block at height 0 made from a genesis: files of blocks
 * often leave it out. Closes the source with itself.
 */
public final class GenesisFirst implements BlockSource {

    private static final byte[] EMPTY_LIST = {(byte) 0xc0};

    private final BlockSource source;
    private final BlockHeader first;

    private GenesisFirst(BlockSource source, BlockHeader first) {
        this.source = source;
        this.first = first;
    }

    /** The source itself if it begins at 0, else the source with the first block in front. */
    public static BlockSource of(BlockSource source, Genesis genesis) {
        if (source.first() == 0) {
            return source;
        }
        if (source.first() != 1) {
            throw new IllegalArgumentException(
                    "the source begins at height " + source.first() + ", not at 0 or 1");
        }
        return new GenesisFirst(source, genesis.firstHeader());
    }

    @Override
    public long first() {
        return 0;
    }

    @Override
    public long end() {
        return source.end();
    }

    @Override
    public byte[] header(long height) {
        return height == 0 ? first.rlp().clone() : source.header(height);
    }

    @Override
    public byte[] body(long height) {
        if (height != 0) {
            return source.body(height);
        }
        boolean withdrawals = first.withdrawalsRoot() != null;
        return withdrawals
                ? new byte[] {(byte) 0xc3, EMPTY_LIST[0], EMPTY_LIST[0], EMPTY_LIST[0]}
                : new byte[] {(byte) 0xc2, EMPTY_LIST[0], EMPTY_LIST[0]};
    }

    @Override
    public byte @Nullable [] receipts(long height) {
        return height == 0 ? EMPTY_LIST.clone() : source.receipts(height);
    }

    @Override
    public @Nullable BigInteger totalDifficulty(long height) {
        return height == 0 ? first.difficulty() : source.totalDifficulty(height);
    }

    @Override
    public String describe(long height) {
        return height == 0 ? "the genesis file" : source.describe(height);
    }

    @Override
    public SourceException damaged(long height, String what, RuntimeException cause) {
        return height == 0
                ? new SourceException("genesis", 0, what, cause)
                : source.damaged(height, what, cause);
    }

    @Override
    public void close() {
        source.close();
    }
}
