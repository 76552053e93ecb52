package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;

/**
 * A header with what follows from all headers before it: RLP of [hash, total difficulty, header].
 * Immutable.
 */
public final class HeaderRecord {

    private static final int HASH_LENGTH = 32;

    private final byte[] hash;
    private final BigInteger totalDifficulty;
    private final BlockHeader header;

    public HeaderRecord(byte[] hash, BigInteger totalDifficulty, BlockHeader header) {
        this.hash = hash;
        this.totalDifficulty = totalDifficulty;
        this.header = header;
    }

    public static HeaderRecord decode(byte[] value) {
        RlpReader reader = new RlpReader(value);
        reader.enterList();
        HeaderRecord headerRecord =
                new HeaderRecord(
                        reader.bytes(HASH_LENGTH),
                        reader.bigInteger(HASH_LENGTH),
                        BlockHeader.decode(reader.item()));
        reader.leaveList();
        reader.end();
        return headerRecord;
    }

    /** Writes the encoding into a writer that is reset first. */
    public byte[] encode(RlpWriter writer) {
        return writer.reset()
                .startList()
                .string(hash)
                .integer(totalDifficulty)
                .raw(header.rlp())
                .endList()
                .toByteArray();
    }

    /** The block's hash; not to be changed. */
    public byte[] hash() {
        return hash;
    }

    /** Sum of the difficulties up to this block. */
    public BigInteger totalDifficulty() {
        return totalDifficulty;
    }

    public BlockHeader header() {
        return header;
    }
}
