package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file of RLP blocks one after the other, as geth and Besu export them. One pass over it at open
 * finds where the blocks begin, 8 bytes of memory each; the first block's header tells its height,
 * and the others are taken to follow it.
 */
public final class RlpFileSource implements BlockSource {

    /** Longest block accepted, in bytes. */
    private static final int MAX_BLOCK = 64 << 20;

    private static final int SHORT_LIST = 0xc0;
    private static final int LONG_LIST = 0xf7;

    private final SourceFile file;
    private final RlpReader reader = new RlpReader(new byte[0]);
    private final RlpWriter writer = new RlpWriter();

    /** Offsets of the blocks and, behind them, of the file's end. */
    private final long[] offsets;

    private final long first;

    private RlpFileSource(SourceFile file) {
        this.file = file;
        offsets = scan(file);
        first = BlockHeader.decode(headerAt(0)).number();
    }

    /** Opens a file and looks through it; it must hold a block. */
    public static RlpFileSource open(Path path) {
        SourceFile file = SourceFile.open(path);
        try {
            return new RlpFileSource(file);
        } catch (RlpException e) {
            file.close();
            throw file.damaged(e.offset(), "its first header is malformed: " + e.getMessage(), e);
        } catch (SourceException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public long first() {
        return first;
    }

    @Override
    public long end() {
        return first + offsets.length - 1;
    }

    @Override
    public byte[] header(long height) {
        return headerAt(index(height));
    }

    @Override
    public byte[] body(long height) {
        int index = index(height);
        int start = enter(index);
        try {
            reader.nextList();
            int rest = reader.offset();
            int length = start + length(index) - rest;
            return writer.reset()
                    .listHeader(length)
                    .raw(file.window(), rest, length)
                    .toByteArray();
        } catch (RlpException e) {
            throw malformed(index, start, e);
        }
    }

    @Override
    public byte @Nullable [] receipts(long height) {
        index(height);
        return null;
    }

    @Override
    public @Nullable BigInteger totalDifficulty(long height) {
        index(height);
        return null;
    }

    @Override
    public String describe(long height) {
        return file + ", offset " + offsets[index(height)];
    }

    @Override
    public SourceException damaged(long height, String what, RuntimeException cause) {
        return file.damaged(offsets[index(height)], what + ": " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        file.close();
    }

    private byte[] headerAt(int index) {
        int start = enter(index);
        try {
            return reader.item();
        } catch (RlpException e) {
            throw malformed(index, start, e);
        }
    }

    /** Loads a block and enters its list; returns where it begins in the file's window. */
    private int enter(int index) {
        int start = file.load(offsets[index], length(index));
        reader.reset(file.window(), start, length(index));
        try {
            reader.enterList();
        } catch (RlpException e) {
            throw malformed(index, start, e);
        }
        return start;
    }

    private SourceException malformed(int index, int start, RlpException cause) {
        long offset = offsets[index] + cause.offset() - start;
        return file.damaged(offset, "block " + index + ": " + cause.getMessage(), cause);
    }

    private int length(int index) {
        return (int) (offsets[index + 1] - offsets[index]);
    }

    private int index(long height) {
        BlockSource.checkHeight(this, height);
        return (int) (height - first);
    }

    private static long[] scan(SourceFile file) {
        long[] found = new long[1024];
        int count = 0;
        long offset = 0;
        while (offset < file.length()) {
            if (count + 1 == found.length) {
                found = Arrays.copyOf(found, 2 * found.length);
            }
            found[count++] = offset;
            offset += blockLength(file, offset);
        }
        if (count == 0) {
            throw file.damaged(0, "holds no block");
        }
        found[count++] = offset;
        return Arrays.copyOf(found, count);
    }

    /** Length of the list at an offset, by its header alone. */
    private static long blockLength(SourceFile file, long offset) {
        int prefix = (int) file.littleEndian(offset, 1);
        if (prefix < SHORT_LIST) {
            throw file.damaged(offset, "a string where a block is expected");
        }
        int lengthBytes = Math.max(0, prefix - LONG_LIST);
        long payload = (long) prefix - SHORT_LIST;
        if (lengthBytes > 0) {
            int at = file.load(offset + 1, lengthBytes);
            payload = RlpReader.unsignedLong(file.window(), at, lengthBytes);
        }
        if (payload < 0 || payload > MAX_BLOCK) {
            throw file.damaged(
                    offset, "a block of " + Long.toUnsignedString(payload) + " bytes");
        }
        long length = payload + lengthBytes + 1;
        if (length > file.length() - offset) {
            throw file.damaged(
                    offset, "ends inside a block: " + length + " bytes, "
                            + (file.length() - offset) + " are left");
        }
        return length;
    }
}
