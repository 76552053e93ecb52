package dev.varve.sync.ethereum.stage;

import dev.varve.sync.HeightRange;
import dev.varve.sync.ItemId;
import dev.varve.sync.Stage;
import dev.varve.sync.StageSpec;
import dev.varve.sync.StepContext;
import dev.varve.sync.StepResult;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Genesis;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Takes headers from the source: the first one is the genesis file's, every other one names the
 * hash of the one before and the next number, and the total difficulties are those that the source
 * tells.
 */
final class HeadersStage implements Stage {

    static final String ID = "headers";

    /** What a {@link HeaderRecord} holds; no chain with work in it comes near. */
    private static final int MAX_DIFFICULTY_BITS = 256;

    private final BlockSource source;
    private final Genesis genesis;
    private final Keccak256 keccak = new Keccak256();
    private final RlpWriter writer = new RlpWriter(1024);
    private @Nullable HeaderRecord last;

    HeadersStage(BlockSource source, Genesis genesis) {
        this.source = source;
        this.genesis = genesis;
    }

    @Override
    public StageSpec spec() {
        return StageSpec.named(ID).owns(ChainTables.HEADER).build();
    }

    @Override
    public StepResult forward(StepContext context, HeightRange range) {
        HeaderRecord parent = range.from() == 0 ? null : parentOf(context, range.from());
        long height = range.from();
        while (height < range.to() && (height == range.from() || !context.budget().exhausted())) {
            BlockHeader header = decode(height);
            byte[] hash = header.hash(keccak);
            BigInteger total = parent == null ? BigInteger.ZERO : parent.totalDifficulty();
            HeaderRecord next = new HeaderRecord(hash, total.add(header.difficulty()), header);
            String fault = faultOf(height, next, parent);
            if (fault != null) {
                return new StepResult.BadItem(height, ItemId.of(hash), fault);
            }
            context.put(ChainTables.HEADER, height, next.encode(writer));
            parent = next;
            height++;
        }
        last = parent;
        context.countItems(height - range.from());
        if (parent != null) {
            context.lineage(ItemId.of(parent.hash()));
        }
        return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
    }

    private HeaderRecord parentOf(StepContext context, long height) {
        HeaderRecord known = last;
        return context.continues() && known != null
                ? known
                : Stages.header(context, height - 1);
    }

    private BlockHeader decode(long height) {
        try {
            return BlockHeader.decode(source.header(height));
        } catch (RlpException e) {
            throw source.damaged(height, "block " + height + " has no valid header", e);
        }
    }

    private @Nullable String faultOf(
            long height, HeaderRecord header, @Nullable HeaderRecord parent) {
        if (parent == null) {
            return genesis.firstHeader().equals(header.header())
                    ? null
                    : "it is not the first block that the genesis file describes";
        }
        if (header.header().number() != height) {
            return "its number is " + header.header().number();
        }
        if (!header.header().matches(HeaderField.PARENT_HASH, parent.hash())) {
            return "its parent is " + ItemId.of(header.header().parentHash()) + ", not "
                    + ItemId.of(parent.hash());
        }
        if (header.totalDifficulty().bitLength() > MAX_DIFFICULTY_BITS) {
            return "the total difficulty passes 2^" + MAX_DIFFICULTY_BITS;
        }
        BigInteger told = source.totalDifficulty(height);
        if (told != null && !told.equals(header.totalDifficulty())) {
            return "the source tells the total difficulty " + told + ", the headers add up to "
                    + header.totalDifficulty();
        }
        return null;
    }
}
