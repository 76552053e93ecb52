package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A block header: its encoding, and where the fields lie in it. Decoding checks the form of every
 * field and copies none; the accessors decode.
 *
 * <p>Immutable, so any thread may use it; the array it was decoded from belongs to it from then on.
 */
public final class BlockHeader {

    private final byte[] rlp;

    /** Payload offset and end of every field, one after the other. */
    private final int[] bounds;

    private final int payloadStart;
    private final int fieldCount;

    private BlockHeader(byte[] rlp) {
        this.rlp = rlp;
        RlpReader reader = new RlpReader(rlp);
        reader.enterList();
        payloadStart = reader.offset();
        int[] found = new int[2 * HeaderField.count()];
        int count = 0;
        while (count < HeaderField.REQUIRED || (reader.hasNext() && count < HeaderField.count())) {
            HeaderField.at(count).next(reader);
            found[2 * count] = reader.payloadOffset();
            found[2 * count + 1] = reader.offset();
            count++;
        }
        reader.leaveList();
        reader.end();
        bounds = found;
        fieldCount = count;
    }

    /** Decodes a header and keeps the array; throws {@link RlpException} if it is not one. */
    public static BlockHeader decode(byte[] rlp) {
        return new BlockHeader(rlp);
    }

    /** The encoding; not to be changed. */
    public byte[] rlp() {
        return rlp;
    }

    /** The block's id. */
    public byte[] hash(Keccak256 keccak) {
        return keccak.hash(rlp);
    }

    /** The hash that the proof of work seals: that of the header without its two seal fields. */
    public byte[] sealHash(Keccak256 keccak) {
        int sealStart = end(HeaderField.EXTRA_DATA);
        int sealEnd = end(HeaderField.NONCE);
        RlpWriter writer = new RlpWriter(rlp.length);
        writer.listHeader(rlp.length - payloadStart - (sealEnd - sealStart));
        writer.raw(rlp, payloadStart, sealStart - payloadStart);
        writer.raw(rlp, sealEnd, rlp.length - sealEnd);
        return keccak.hash(writer.toByteArray());
    }

    /** Whether the header has the field, which those from before its fork have not. */
    public boolean has(HeaderField field) {
        return field.index() < fieldCount;
    }

    /** A copy of a field that the header has. */
    public byte[] bytes(HeaderField field) {
        return Arrays.copyOfRange(rlp, start(field), end(field));
    }

    /** Whether a field that the header has holds exactly these bytes. */
    public boolean matches(HeaderField field, byte[] expected) {
        return Arrays.equals(rlp, start(field), end(field), expected, 0, expected.length);
    }

    public byte[] parentHash() {
        return bytes(HeaderField.PARENT_HASH);
    }

    public byte[] unclesHash() {
        return bytes(HeaderField.UNCLES_HASH);
    }

    public byte[] coinbase() {
        return bytes(HeaderField.COINBASE);
    }

    public byte[] stateRoot() {
        return bytes(HeaderField.STATE_ROOT);
    }

    public byte[] transactionsRoot() {
        return bytes(HeaderField.TRANSACTIONS_ROOT);
    }

    public byte[] receiptsRoot() {
        return bytes(HeaderField.RECEIPTS_ROOT);
    }

    public BigInteger difficulty() {
        return bigInteger(HeaderField.DIFFICULTY);
    }

    /** Whether the header has no difficulty, as all have after the merge. */
    public boolean isDifficultyZero() {
        return start(HeaderField.DIFFICULTY) == end(HeaderField.DIFFICULTY);
    }

    /** Height of the block. */
    public long number() {
        return integer(HeaderField.NUMBER);
    }

    public long gasLimit() {
        return integer(HeaderField.GAS_LIMIT);
    }

    public long gasUsed() {
        return integer(HeaderField.GAS_USED);
    }

    /** Time of the block in seconds since 1970. */
    public long timestamp() {
        return integer(HeaderField.TIMESTAMP);
    }

    public byte[] extraData() {
        return bytes(HeaderField.EXTRA_DATA);
    }

    /** Price of gas that is burnt; null before London. */
    public @Nullable BigInteger baseFee() {
        return has(HeaderField.BASE_FEE) ? bigInteger(HeaderField.BASE_FEE) : null;
    }

    /** Root of the withdrawals; null before Shanghai. */
    public byte @Nullable [] withdrawalsRoot() {
        return has(HeaderField.WITHDRAWALS_ROOT) ? bytes(HeaderField.WITHDRAWALS_ROOT) : null;
    }

    /** Decodes a field that is an integer below 2^63. */
    public long integer(HeaderField field) {
        check(field, HeaderField.Kind.INTEGER);
        int start = start(field);
        return RlpReader.unsignedLong(rlp, start, end(field) - start);
    }

    private BigInteger bigInteger(HeaderField field) {
        check(field, HeaderField.Kind.BIG_INTEGER);
        int start = start(field);
        return new BigInteger(1, rlp, start, end(field) - start);
    }

    private int start(HeaderField field) {
        if (!has(field)) {
            throw new IllegalArgumentException("header " + number() + " has no " + field);
        }
        return bounds[2 * field.index()];
    }

    private int end(HeaderField field) {
        return bounds[2 * field.index() + 1];
    }

    private static void check(HeaderField field, HeaderField.Kind kind) {
        if (field.kind() != kind) {
            throw new IllegalArgumentException(field + " is of the kind " + field.kind());
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BlockHeader header && Arrays.equals(rlp, header.rlp);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(rlp);
    }

    @Override
    public String toString() {
        return "header " + number();
    }

    /** Builds a header field by field; a field that is not set is zero, or empty. */
    public static final class Builder {

        private final byte[][] fields = new byte[HeaderField.count()][];
        private int fieldCount = HeaderField.REQUIRED;

        /** A header whose fields are all zero. */
        public Builder() {
            for (int i = 0; i < fields.length; i++) {
                HeaderField field = HeaderField.at(i);
                boolean isFixed = field.kind() == HeaderField.Kind.FIXED;
                fields[i] = new byte[isFixed ? field.maxLength() : 0];
            }
        }

        /** Sets a field to bytes, which are those of its encoding. */
        public Builder set(HeaderField field, byte[] value) {
            if (value.length > field.maxLength()
                    || (field.kind() == HeaderField.Kind.FIXED
                            && value.length != field.maxLength())) {
                throw new IllegalArgumentException(field + " of " + value.length + " bytes");
            }
            fields[field.index()] = value;
            fieldCount = Math.max(fieldCount, field.index() + 1);
            return this;
        }

        /** Sets a field to an integer. */
        public Builder set(HeaderField field, long value) {
            return set(field, BigInteger.valueOf(value));
        }

        /** Sets a field to an integer. */
        public Builder set(HeaderField field, BigInteger value) {
            if (value.signum() < 0) {
                throw new IllegalArgumentException(field + " of " + value);
            }
            byte[] bytes = value.toByteArray();
            return set(field, bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
        }

        /** Encodes the fields, up to the last one that every header has or that was set. */
        public BlockHeader build() {
            RlpWriter writer = new RlpWriter(640);
            writer.startList();
            for (int i = 0; i < fieldCount; i++) {
                writer.string(fields[i]);
            }
            return decode(writer.endList().toByteArray());
        }
    }
}
