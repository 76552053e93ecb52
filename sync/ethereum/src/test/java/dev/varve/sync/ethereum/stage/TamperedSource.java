package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.SourceException;
import java.math.BigInteger;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A source with one block changed. */
final class TamperedSource implements BlockSource {

    private final BlockSource source;
    private final long tamperedHeight;
    private UnaryOperator<byte[]> header = UnaryOperator.identity();
    private UnaryOperator<byte[]> body = UnaryOperator.identity();
    private UnaryOperator<byte[]> receipts = UnaryOperator.identity();
    private boolean hasReceipts = true;
    private UnaryOperator<BigInteger> difficulty = UnaryOperator.identity();

    TamperedSource(BlockSource source, long tamperedHeight) {
        this.source = source;
        this.tamperedHeight = tamperedHeight;
    }

    TamperedSource header(UnaryOperator<byte[]> change) {
        header = change;
        return this;
    }

    TamperedSource body(UnaryOperator<byte[]> change) {
        body = change;
        return this;
    }

    TamperedSource receipts(UnaryOperator<byte[]> change) {
        receipts = change;
        return this;
    }

    /** A source that knows of no receipts, as a file of blocks. */
    TamperedSource withoutReceipts() {
        hasReceipts = false;
        return this;
    }

    TamperedSource difficulty(UnaryOperator<BigInteger> change) {
        difficulty = change;
        return this;
    }

    @Override
    public long first() {
        return source.first();
    }

    @Override
    public long end() {
        return source.end();
    }

    @Override
    public byte[] header(long height) {
        byte[] whole = source.header(height);
        return height == tamperedHeight ? header.apply(whole) : whole;
    }

    @Override
    public byte[] body(long height) {
        byte[] whole = source.body(height);
        return height == tamperedHeight ? body.apply(whole) : whole;
    }

    @Override
    public byte @Nullable [] receipts(long height) {
        if (!hasReceipts) {
            return null;
        }
        byte[] whole = source.receipts(height);
        return height == tamperedHeight ? receipts.apply(Objects.requireNonNull(whole)) : whole;
    }

    @Override
    public @Nullable BigInteger totalDifficulty(long height) {
        BigInteger whole = source.totalDifficulty(height);
        return height == tamperedHeight ? difficulty.apply(Objects.requireNonNull(whole)) : whole;
    }

    @Override
    public String describe(long height) {
        return source.describe(height);
    }

    @Override
    public SourceException damaged(long height, String what, RuntimeException cause) {
        return source.damaged(height, what, cause);
    }

    @Override
    public void close() {
        source.close();
    }
}
