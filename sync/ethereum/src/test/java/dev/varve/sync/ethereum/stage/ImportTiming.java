package dev.varve.sync.ethereum.stage;

import dev.varve.logstore.LogOptions;
import dev.varve.logstore.LogStore;
import dev.varve.sync.CycleReport;
import dev.varve.sync.Pipeline;
import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.Address;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.BlockRewards;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Era1Source;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.GenesisAccount;
import dev.varve.sync.ethereum.source.GenesisState;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Times the import of an era1 file beside a bare in-memory trie over the same blocks, in turns in
 * one process. Not a test: run it by its main with the era1 file, the genesis file and a folder to
 * use.
 */
final class ImportTiming {

    private static final int ROUNDS = 24;

    /** The first rounds are those of cold code. */
    private static final int WARM_FROM = 8;

    private ImportTiming() {}

    public static void main(String[] arguments) throws IOException {
        Genesis genesis = Genesis.read(Path.of(arguments[1]));
        double[] overTrie = new double[ROUNDS];
        double[] overChecks = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            try (BlockSource source = Era1Source.open(Path.of(arguments[0]))) {
                long blocks = source.end();
                double bare = bareTrie(source, genesis);
                double all = everythingInMemory(source, genesis);
                Path store = Path.of(arguments[2]).resolve("round-" + round);
                double imported = importInto(store, source, genesis);
                delete(store);
                overTrie[round] = imported / bare;
                overChecks[round] = imported / all;
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %d blocks; per block: bare trie %.1f us, all checks in memory"
                                + " %.1f us, import %.1f us%n",
                        round,
                        blocks,
                        bare / blocks / 1e3,
                        all / blocks / 1e3,
                        imported / blocks / 1e3);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "median of the rounds from %d on: import / bare trie %.2f, import / checks %.2f%n",
                WARM_FROM,
                warmMedian(overTrie),
                warmMedian(overChecks));
    }

    private static double warmMedian(double[] ratios) {
        double[] warm = Arrays.copyOfRange(ratios, WARM_FROM, ratios.length);
        Arrays.sort(warm);
        return (warm[(warm.length - 1) / 2] + warm[warm.length / 2]) / 2;
    }

    /** Only the trie: rewards applied to it and each root compared; decoding is not in the time. */
    static double bareTrie(BlockSource source, Genesis genesis) {
        List<BlockHeader> headers = new ArrayList<>();
        List<BlockBody> bodies = new ArrayList<>();
        for (long height = 0; height < source.end(); height++) {
            headers.add(BlockHeader.decode(source.header(height)));
            bodies.add(BlockBody.decode(source.body(height)));
        }
        long start = System.nanoTime();
        BareState state = new BareState(genesis);
        for (int i = 1; i < headers.size(); i++) {
            state.apply(headers.get(i), bodies.get(i));
        }
        return System.nanoTime() - start;
    }

    /** Reading, decoding, hashing and comparing all that the stages do, without a store. */
    static double everythingInMemory(BlockSource source, Genesis genesis) {
        long start = System.nanoTime();
        Keccak256 keccak = new Keccak256();
        BareState state = new BareState(genesis);
        byte[] parent = BlockHeader.decode(source.header(0)).hash(keccak);
        BigInteger total = Objects.requireNonNull(source.totalDifficulty(0));
        for (long height = 1; height < source.end(); height++) {
            BlockHeader header = BlockHeader.decode(source.header(height));
            check(header.matches(HeaderField.PARENT_HASH, parent), height);
            parent = header.hash(keccak);
            total = total.add(header.difficulty());
            check(total.equals(source.totalDifficulty(height)), height);
            BlockBody body = BlockBody.decode(source.body(height));
            check(header.matches(HeaderField.UNCLES_HASH, body.unclesHash(keccak)), height);
            byte[] transactions =
                    OrderedRoot.of(body.transactionValues());
            check(header.matches(HeaderField.TRANSACTIONS_ROOT, transactions), height);
            byte[] receipts =
                    OrderedRoot.of(
                            BlockBody.receiptValues(
                                    Objects.requireNonNull(source.receipts(height))));
            check(header.matches(HeaderField.RECEIPTS_ROOT, receipts), height);
            state.apply(header, body);
        }
        return System.nanoTime() - start;
    }

    private static void check(boolean condition, long height) {
        if (!condition) {
            throw new IllegalStateException("block " + height);
        }
    }

    static double importInto(Path directory, BlockSource source, Genesis genesis) {
        long start = System.nanoTime();
        try (LogStore store = LogStore.open(directory, LogOptions.bulk());
                Pipeline pipeline =
                        Pipeline.over(store).stages(EthereumStages.of(source, genesis)).build()) {
            CycleReport report = pipeline.run(EthereumStages.target(source, Long.MAX_VALUE));
            check(report.outcome() == CycleReport.Outcome.REACHED, source.end());
        }
        return System.nanoTime() - start;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** A state in memory alone. */
    private static final class BareState {
        private final Keccak256 keccak = new Keccak256();
        private final MerkleTrie trie = new MerkleTrie();
        private final Map<Address, Account> accounts = new HashMap<>();

        BareState(Genesis genesis) {
            GenesisState first = new GenesisState();
            for (GenesisAccount account : genesis.accounts()) {
                put(Address.of(account.address()), first.account(account));
            }
            trie.rootHash();
        }

        void apply(BlockHeader header, BlockBody body) {
            BlockRewards.pay(header, body.uncles(), Fork.FRONTIER, this::credit);
            check(header.matches(HeaderField.STATE_ROOT, trie.rootHash()), header.number());
        }

        private void credit(byte[] to, BigInteger wei) {
            Address address = Address.of(to);
            Account account = accounts.getOrDefault(address, Account.plain(0, BigInteger.ZERO));
            put(address, account.with(account.nonce(), account.balance().add(wei)));
        }

        private void put(Address address, Account account) {
            accounts.put(address, account);
            trie.put(keccak.hash(address.bytes()), account.encode());
        }
    }
}
