package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.BlockRewards;
import dev.varve.sync.ethereum.ChainSpec;
import dev.varve.sync.ethereum.DifficultyRule;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.TransferSigner;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.crypto.Secp256k1;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Generates the blocks of a development chain one after the other, from options alone: transfers
 * between accounts whose keys follow from the seed, some to addresses never seen before, and now
 * and then an uncle. Everything is as the rules of Istanbul want it, except that no work was done:
 * the seal is zero. For one thread; holds the whole state in memory.
 */
final class DevChainGenerator {

    private static final int SENDERS = 64;
    private static final int AUTHORS = 8;
    private static final int ADDRESS = Secp256k1.ADDRESS_LENGTH;

    /** One transfer in so many goes to a new address. */
    private static final int NEW_ADDRESS_RATE = 8;

    /** Every block below a multiple of this has a sibling, which becomes an uncle. */
    private static final int UNCLE_RATE = 16;

    private static final int DEEPEST_UNCLE = 3;

    private static final Fork FORK = Fork.ISTANBUL;
    private static final BigInteger CHAIN_ID = BigInteger.valueOf(1337);
    private static final BigInteger ENDOWMENT = BigInteger.TEN.pow(27);
    private static final BigInteger GIGAWEI = BigInteger.TEN.pow(9);
    private static final long MAX_VALUE = 1_000_000_000_000_000L;
    private static final long FIRST_TIME = 1_600_000_000L;
    private static final long LEAST_GAS_LIMIT = 10_000_000;
    private static final long FIRST_DIFFICULTY = 131_072;
    private static final byte[] EXTRA = "varve dev chain".getBytes(StandardCharsets.US_ASCII);

    private final DevChainOptions options;
    private final Genesis genesis;
    private final long gasLimit;
    private final BigInteger[] keys = new BigInteger[SENDERS];
    private final byte[][] senders = new byte[SENDERS][];
    private final byte[][] authors = new byte[AUTHORS][];

    private final Keccak256 keccak = new Keccak256();
    private final TransferSigner signer = new TransferSigner(CHAIN_ID);
    private final RlpWriter writer = new RlpWriter(4096);
    private final byte[] noUncles = keccak.hash(new byte[] {(byte) 0xc0});

    private SplittableRandom random = new SplittableRandom(0);
    private DevState state = new DevState();
    private @Nullable BlockHeader parent;
    private BigInteger totalDifficulty = BigInteger.ZERO;

    /** A header that a block to come will name as its uncle, and that block's height. */
    private @Nullable BlockHeader uncle;

    private long uncleDue;

    DevChainGenerator(DevChainOptions options) {
        this(options, 0);
    }

    /** For tests: so many of the authors send and receive as well, which makes another chain. */
    DevChainGenerator(DevChainOptions options, int sendingAuthors) {
        this.options = options;
        gasLimit = Math.max(LEAST_GAS_LIMIT, 2 * TransferSigner.GAS * options.transactions());
        Secp256k1 curve = new Secp256k1();
        List<GenesisAccount> accounts = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            keys[i] = new BigInteger(1, derived("key", i)).shiftRight(1).add(BigInteger.ONE);
            senders[i] = curve.address(keys[i]);
            accounts.add(GenesisAccount.plain(senders[i], ENDOWMENT));
        }
        for (int i = 0; i < AUTHORS; i++) {
            authors[i] =
                    i < sendingAuthors
                            ? senders[i]
                            : Arrays.copyOf(derived("author", i), ADDRESS);
        }
        genesis = new Genesis(spec(), genesisFields(gasLimit), accounts);
    }

    Genesis genesis() {
        return genesis;
    }

    /** Goes back to the start: the next block is the genesis block again. */
    void restart() {
        random = new SplittableRandom(options.seed());
        state = new DevState();
        parent = null;
        totalDifficulty = BigInteger.ZERO;
        uncle = null;
    }

    /** Generates the next block. */
    DevBlock next() {
        BlockHeader before = parent;
        return before == null ? first() : next(before);
    }

    private DevBlock first() {
        for (GenesisAccount account : genesis.accounts()) {
            state.credit(account.address(), account.balance());
        }
        BlockHeader header = genesis.header(state.root());
        byte[] body = writer.reset().startList().startList().endList().startList().endList()
                .endList().toByteArray();
        return finish(header, body, new byte[] {(byte) 0xc0});
    }

    private DevBlock next(BlockHeader before) {
        long height = before.number() + 1;
        BlockHeader named = uncle != null && uncleDue == height ? uncle : null;
        if (named != null) {
            uncle = null;
        }
        BlockHeader.Builder header = child(before);
        int authorIndex = random.nextInt(AUTHORS);
        byte[] author = authors[authorIndex];
        header.set(HeaderField.COINBASE, author);
        if ((height + 1) % UNCLE_RATE == 0 && uncle == null) {
            prepareUncle(before, authorIndex);
        }
        List<byte[]> transactions = transfers(author);
        List<byte[]> receipts = receipts(transactions.size());
        List<BlockHeader> uncles = named == null ? List.of() : List.of(named);
        byte[] encodedUncles = uncles(uncles);
        // Who is paid does not depend on the root, which does depend on the payment.
        BlockRewards.pay(header.build(), uncles, FORK, state::credit);
        header.set(HeaderField.UNCLES_HASH, keccak.hash(encodedUncles))
                .set(HeaderField.STATE_ROOT, state.root())
                .set(HeaderField.TRANSACTIONS_ROOT, OrderedRoot.of(transactions))
                .set(HeaderField.RECEIPTS_ROOT, OrderedRoot.of(receipts))
                .set(HeaderField.GAS_USED, TransferSigner.GAS * transactions.size());
        writer.reset().startList();
        list(transactions);
        byte[] body = writer.raw(encodedUncles).endList().toByteArray();
        writer.reset();
        list(receipts);
        return finish(header.build(), body, writer.toByteArray());
    }

    private DevBlock finish(BlockHeader header, byte[] body, byte[] receipts) {
        parent = header;
        totalDifficulty = totalDifficulty.add(header.difficulty());
        return new DevBlock(header.rlp(), body, receipts, totalDifficulty);
    }

    /** A sibling of the block about to be generated: empty, and by another author. */
    private void prepareUncle(BlockHeader before, int authorIndex) {
        byte[] other = authors[(authorIndex + 1 + random.nextInt(AUTHORS - 1)) % AUTHORS];
        uncleDue = before.number() + 2 + random.nextInt(DEEPEST_UNCLE);
        byte[] emptyRoot = OrderedRoot.of(List.of());
        uncle = child(before)
                .set(HeaderField.COINBASE, other)
                .set(HeaderField.UNCLES_HASH, noUncles)
                .set(HeaderField.STATE_ROOT, state.rootAfterCredit(other, FORK.blockReward()))
                .set(HeaderField.TRANSACTIONS_ROOT, emptyRoot)
                .set(HeaderField.RECEIPTS_ROOT, emptyRoot)
                .build();
    }

    /** The fields that any child of a block has. */
    private BlockHeader.Builder child(BlockHeader before) {
        long time = before.timestamp() + 5 + random.nextInt(20);
        return new BlockHeader.Builder()
                .set(HeaderField.PARENT_HASH, before.hash(keccak))
                .set(HeaderField.NUMBER, before.number() + 1)
                .set(HeaderField.TIMESTAMP, time)
                .set(HeaderField.DIFFICULTY, DifficultyRule.next(before, noUncles, time, FORK))
                .set(HeaderField.GAS_LIMIT, gasLimit)
                .set(HeaderField.EXTRA_DATA, EXTRA);
    }

    private List<byte[]> transfers(byte[] author) {
        List<byte[]> transactions = new ArrayList<>(options.transactions());
        for (int i = 0; i < options.transactions(); i++) {
            int sender = random.nextInt(SENDERS);
            byte[] from = senders[sender];
            byte[] to = senders[random.nextInt(SENDERS)];
            if (random.nextInt(NEW_ADDRESS_RATE) == 0) {
                to = new byte[ADDRESS];
                random.nextBytes(to);
            }
            BigInteger value = BigInteger.valueOf(1 + random.nextLong(MAX_VALUE));
            BigInteger price = GIGAWEI.multiply(BigInteger.valueOf(1 + random.nextInt(100)));
            transactions.add(signer.sign(state.nonce(from), price, to, value, keys[sender]));
            BigInteger fee = price.multiply(BigInteger.valueOf(TransferSigner.GAS));
            state.charge(from, value.add(fee));
            state.credit(to, value);
            state.credit(author, fee);
        }
        return transactions;
    }

    private List<byte[]> receipts(int count) {
        List<byte[]> receipts = new ArrayList<>(count);
        byte[] noBloom = new byte[256];
        for (int i = 1; i <= count; i++) {
            writer.reset().startList().integer(1).integer(TransferSigner.GAS * i);
            receipts.add(
                    writer.string(noBloom).startList().endList().endList().toByteArray());
        }
        return receipts;
    }

    private byte[] uncles(List<BlockHeader> uncles) {
        writer.reset().startList();
        uncles.forEach(header -> writer.raw(header.rlp()));
        return writer.endList().toByteArray();
    }

    private void list(List<byte[]> items) {
        writer.startList();
        items.forEach(writer::raw);
        writer.endList();
    }

    /** 32 bytes that follow from the seed. */
    private byte[] derived(String purpose, int index) {
        byte[] name = purpose.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer input = ByteBuffer.allocate(name.length + Long.BYTES + Integer.BYTES);
        return keccak.hash(input.put(name).putLong(options.seed()).putInt(index).array());
    }

    private static ChainSpec spec() {
        Map<Fork, Long> starts = new EnumMap<>(Fork.class);
        for (Fork fork : Fork.values()) {
            if (fork != Fork.FRONTIER && FORK.includes(fork)) {
                starts.put(fork, 0L);
            }
        }
        return new ChainSpec(CHAIN_ID, starts);
    }

    private static Map<HeaderField, byte[]> genesisFields(long gasLimit) {
        Map<HeaderField, byte[]> fields = new EnumMap<>(HeaderField.class);
        fields.put(HeaderField.GAS_LIMIT, BigInteger.valueOf(gasLimit).toByteArray());
        fields.put(
                HeaderField.DIFFICULTY, BigInteger.valueOf(FIRST_DIFFICULTY).toByteArray());
        fields.put(HeaderField.TIMESTAMP, BigInteger.valueOf(FIRST_TIME).toByteArray());
        fields.put(HeaderField.EXTRA_DATA, EXTRA);
        // toByteArray() may begin with a zero for the sign.
        fields.replaceAll((field, value) ->
                value[0] == 0 ? Arrays.copyOfRange(value, 1, value.length) : value);
        return fields;
    }
}
