package dev.varve.sync.ethereum;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.crypto.Signature;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A signed transaction: its envelope, and the fields that paying, order and plain execution need.
 * Type 0 is a list (with or without the chain id of EIP-155); types 1 to 4 are a type byte and a
 * list (EIP-2718, 2930, 1559, 4844, 7702).
 *
 * <p>Decoding checks the form of everything and judges nothing else: whether a fork allows the
 * transaction is for {@link TransactionRules}, whether its signature is one for {@link
 * SenderRecovery}. Immutable; the array it was decoded from is not to be changed any more.
 */
public final class Transaction {

    private static final int WORD = 32;
    private static final int ADDRESS = 20;

    private static final int ACCESS_LIST = 1;
    private static final int DYNAMIC_FEE = 2;
    private static final int BLOB = 3;
    private static final int SET_CODE = 4;
    private static final int FIRST_LIST_BYTE = 0xc0;

    private static final BigInteger UNPROTECTED_V = BigInteger.valueOf(27);
    private static final BigInteger PROTECTED_V = BigInteger.valueOf(35);

    private final byte[] array;
    private final int start;
    private final int end;

    private final int type;
    private final @Nullable BigInteger chainId;
    private final long nonce;
    private final @Nullable BigInteger maxPriorityFee;
    private final BigInteger maxFee;
    private final long gasLimit;
    private final byte @Nullable [] to;
    private final BigInteger value;
    private final int payloadStart;
    private final int dataStart;
    private final int dataEnd;
    private final int accessedAddresses;
    private final int accessedSlots;
    private final int blobs;
    private final int authorizations;
    private final int unsignedEnd;
    private final Signature signature;

    private Transaction(byte[] array, int start, int length) {
        this.array = array;
        this.start = start;
        end = start + length;
        type = typeOf(array, start, length);
        int listStart = type == 0 ? start : start + 1;
        RlpReader reader = new RlpReader(array, listStart, end - listStart);
        reader.enterList();
        payloadStart = reader.offset();
        BigInteger declaredChain = type == 0 ? null : reader.bigInteger(WORD);
        nonce = reader.unsignedLong();
        maxPriorityFee = type >= DYNAMIC_FEE ? reader.bigInteger(WORD) : null;
        maxFee = reader.bigInteger(WORD);
        gasLimit = reader.unsignedLong();
        to = recipient(reader, type);
        value = reader.bigInteger(WORD);
        reader.nextString();
        dataStart = reader.payloadOffset();
        dataEnd = reader.offset();
        AccessList accessList = new AccessList();
        if (type >= ACCESS_LIST) {
            accessList.read(reader);
        }
        accessedAddresses = accessList.addresses;
        accessedSlots = accessList.slots;
        blobs = type == BLOB ? blobs(reader) : 0;
        authorizations = type == SET_CODE ? authorizations(reader) : 0;
        unsignedEnd = reader.offset();
        BigInteger v = reader.bigInteger(WORD);
        chainId = type == 0 ? chainOf(v, unsignedEnd) : declaredChain;
        int yParity = type == 0 ? parityOf(v) : typedParity(v, unsignedEnd);
        signature = new Signature(reader.bigInteger(WORD), reader.bigInteger(WORD), yParity);
        reader.leaveList();
        reader.end();
    }

    /** Decodes an envelope, and keeps the array; throws {@link RlpException} if it is not one. */
    public static Transaction decode(byte[] envelope) {
        return decode(envelope, 0, envelope.length);
    }

    /** Decodes the envelope in a range of an array, which is kept. */
    public static Transaction decode(byte[] array, int offset, int length) {
        return new Transaction(array, offset, length);
    }

    /** 0 for a transaction without a type byte, or the type byte. */
    public int type() {
        return type;
    }

    /** The chain it is bound to; null for one without replay protection. */
    public @Nullable BigInteger chainId() {
        return chainId;
    }

    /** Number of transactions its sender sent before, unsigned. */
    public long nonce() {
        return nonce;
    }

    /** The most it pays for a unit of gas, in wei. */
    public BigInteger maxFee() {
        return maxFee;
    }

    /** The most it pays to the block's author for a unit of gas, in wei. */
    public BigInteger maxPriorityFee() {
        return maxPriorityFee == null ? maxFee : maxPriorityFee;
    }

    /** What it pays for a unit of gas at the given base fee, which is null before London. */
    public BigInteger gasPrice(@Nullable BigInteger baseFee) {
        if (baseFee == null || maxPriorityFee == null) {
            return maxFee;
        }
        return baseFee.add(maxPriorityFee).min(maxFee);
    }

    /** The most gas it may use, unsigned. */
    public long gasLimit() {
        return gasLimit;
    }

    /** The address it goes to, not to be changed; null if it creates a contract. */
    public byte @Nullable [] to() {
        return to;
    }

    /** What it moves, in wei. */
    public BigInteger value() {
        return value;
    }

    /** Length of its call data or creation code in bytes. */
    public int dataLength() {
        return dataEnd - dataStart;
    }

    /** A copy of its call data or creation code. */
    public byte[] data() {
        return Arrays.copyOfRange(array, dataStart, dataEnd);
    }

    /** Bytes of its data that are zero. */
    public int zeroBytes() {
        int zeros = 0;
        for (int i = dataStart; i < dataEnd; i++) {
            zeros += array[i] == 0 ? 1 : 0;
        }
        return zeros;
    }

    /** Addresses in its access list. */
    public int accessedAddresses() {
        return accessedAddresses;
    }

    /** Storage slots in its access list. */
    public int accessedSlots() {
        return accessedSlots;
    }

    /** Number of its blobs. */
    public int blobs() {
        return blobs;
    }

    /** Number of its authorizations to set code. */
    public int authorizations() {
        return authorizations;
    }

    public Signature signature() {
        return signature;
    }

    /** A copy of the envelope: the value in the trie of transactions. */
    public byte[] envelope() {
        return Arrays.copyOfRange(array, start, end);
    }

    /** The transaction's id. */
    public byte[] hash(Keccak256 keccak) {
        byte[] hash = new byte[Keccak256.LENGTH];
        keccak.hash(array, start, end - start, hash, 0);
        return hash;
    }

    /** The hash that the sender signed. */
    byte[] signingHash(Keccak256 keccak, RlpWriter scratch) {
        scratch.reset();
        if (type != 0) {
            scratch.raw(array, start, 1);
        }
        scratch.startList().raw(array, payloadStart, unsignedEnd - payloadStart);
        if (type == 0 && chainId != null) {
            scratch.integer(chainId).integer(0).integer(0);
        }
        scratch.endList();
        byte[] hash = new byte[Keccak256.LENGTH];
        keccak.hash(scratch.buffer(), 0, scratch.length(), hash, 0);
        return hash;
    }

    private static int typeOf(byte[] array, int start, int length) {
        if (length == 0) {
            throw new RlpException("an empty transaction", start);
        }
        int first = array[start] & 0xff;
        if (first >= FIRST_LIST_BYTE) {
            return 0;
        }
        if (first < ACCESS_LIST || first > SET_CODE) {
            throw new RlpException("a transaction of the unknown type " + first, start);
        }
        return first;
    }

    private static byte @Nullable [] recipient(RlpReader reader, int type) {
        int at = reader.offset();
        byte[] address = reader.bytes();
        if (address.length == ADDRESS) {
            return address;
        }
        if (address.length != 0) {
            throw new RlpException("an address of " + address.length + " bytes", at);
        }
        if (type >= BLOB) {
            throw new RlpException("a transaction of type " + type + " without a recipient", at);
        }
        return null;
    }

    /** Counts what an access list names. */
    private static final class AccessList {

        int addresses;
        int slots;

        void read(RlpReader reader) {
            reader.enterList();
            while (reader.hasNext()) {
                reader.enterList();
                reader.nextString(ADDRESS);
                addresses++;
                reader.enterList();
                while (reader.hasNext()) {
                    reader.nextString(WORD);
                    slots++;
                }
                reader.leaveList();
                reader.leaveList();
            }
            reader.leaveList();
        }
    }

    private static int blobs(RlpReader reader) {
        reader.nextInteger(WORD);
        int count = 0;
        reader.enterList();
        while (reader.hasNext()) {
            reader.nextString(WORD);
            count++;
        }
        reader.leaveList();
        return count;
    }

    private static int authorizations(RlpReader reader) {
        int count = 0;
        reader.enterList();
        while (reader.hasNext()) {
            reader.enterList();
            reader.nextInteger(WORD);
            reader.nextString(ADDRESS);
            reader.nextInteger(Long.BYTES);
            reader.nextInteger(1);
            reader.nextInteger(WORD);
            reader.nextInteger(WORD);
            reader.leaveList();
            count++;
        }
        reader.leaveList();
        return count;
    }

    /** The chain id in v = 35 + 2 * chain + parity; null for v = 27 + parity. */
    private static @Nullable BigInteger chainOf(BigInteger v, int offset) {
        if (v.equals(UNPROTECTED_V) || v.equals(UNPROTECTED_V.add(BigInteger.ONE))) {
            return null;
        }
        if (v.compareTo(PROTECTED_V) < 0) {
            throw new RlpException("a signature whose v is " + v, offset);
        }
        return v.subtract(PROTECTED_V).shiftRight(1);
    }

    /** Both forms of v begin at an odd number. */
    private static int parityOf(BigInteger v) {
        return v.testBit(0) ? 0 : 1;
    }

    private static int typedParity(BigInteger v, int offset) {
        if (v.bitLength() > 1) {
            throw new RlpException("a signature whose parity is " + v, offset);
        }
        return v.intValue();
    }
}
