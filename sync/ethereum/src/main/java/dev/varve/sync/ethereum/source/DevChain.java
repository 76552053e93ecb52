package dev.varve.sync.ethereum.source;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A generated chain: signed transfers, uncles, and all roots right, of any length, from nothing but
 * options. It is deterministic, so that an import of it can be stopped and go on another day.
 *
 * <p>Blocks are generated in order when they are asked for and kept up to a number of bytes. To
 * answer for a block below those it holds, the chain is generated again from its start: reading
 * goes best from low to high, and one pass over a chain too long to be kept costs one generation.
 * The chain's state is held as well: some hundred bytes for every eighth transfer.
 */
public final class DevChain implements BlockSource {

    /** Bytes of blocks kept by default. */
    private static final long KEPT_BYTES = 64L << 20;

    private final DevChainOptions options;
    private final DevChainGenerator generator;
    private final long keptBytes;

    /** Consecutive blocks, the lowest of which has the height {@link #keptFirst}. */
    private final List<DevBlock> kept = new ArrayList<>();

    private long keptFirst;
    private long keptSize;
    private boolean closed;

    DevChain(DevChainOptions options, long keptBytes) {
        this(options, keptBytes, new DevChainGenerator(options));
    }

    /** For tests: the chain of another generator. */
    DevChain(DevChainOptions options, long keptBytes, DevChainGenerator generator) {
        this.options = options;
        this.keptBytes = keptBytes;
        this.generator = generator;
        generator.restart();
    }

    /** A chain with the given options; nothing is generated yet. */
    public static DevChain of(DevChainOptions options) {
        return new DevChain(options, KEPT_BYTES);
    }

    /** What the chain begins with; its block at height 0 follows from that. */
    public Genesis genesis() {
        return generator.genesis();
    }

    @Override
    public long first() {
        return 0;
    }

    @Override
    public long end() {
        return options.blocks() + 1;
    }

    @Override
    public byte[] header(long height) {
        return block(height).header.clone();
    }

    @Override
    public byte[] body(long height) {
        return block(height).body.clone();
    }

    @Override
    public byte[] receipts(long height) {
        return block(height).receipts.clone();
    }

    @Override
    public BigInteger totalDifficulty(long height) {
        return block(height).totalDifficulty;
    }

    @Override
    public String describe(long height) {
        BlockSource.checkHeight(this, height);
        return options + ", block " + height;
    }

    @Override
    public SourceException damaged(long height, String what, RuntimeException cause) {
        return new SourceException(options.toString(), height, what, cause);
    }

    @Override
    public void close() {
        closed = true;
        restart();
    }

    private DevBlock block(long height) {
        BlockSource.checkHeight(this, height);
        if (closed) {
            throw new IllegalStateException("closed: " + options);
        }
        if (height < keptFirst) {
            restart();
        }
        while (height >= keptFirst + kept.size()) {
            keep(generator.next());
        }
        return kept.get((int) (height - keptFirst));
    }

    private void restart() {
        kept.clear();
        keptFirst = 0;
        keptSize = 0;
        generator.restart();
    }

    private void keep(DevBlock block) {
        if (keptSize + block.size() > keptBytes) {
            // Half at a time, so that moving the others costs little for each.
            List<DevBlock> oldest = kept.subList(0, (kept.size() + 1) / 2);
            oldest.forEach(old -> keptSize -= old.size());
            keptFirst += oldest.size();
            oldest.clear();
        }
        kept.add(block);
        keptSize += block.size();
    }
}
