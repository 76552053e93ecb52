package dev.varve.sync.ethereum.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.Account;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.BlockRewards;
import dev.varve.sync.ethereum.ChainSpec;
import dev.varve.sync.ethereum.DifficultyRule;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.SenderRecovery;
import dev.varve.sync.ethereum.Transaction;
import dev.varve.sync.ethereum.TransactionRules;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class DevChainTest extends BlockSourceContract {

    private static final DevChainOptions OPTIONS = new DevChainOptions(100, 4, 42);

    private final Keccak256 keccak = new Keccak256();

    @Override
    BlockSource open() {
        return DevChain.of(OPTIONS);
    }

    @Test
    void shouldHaveTheStateThatItsTransactionsAndRewardsLeadTo() {
        try (DevChain chain = DevChain.of(OPTIONS)) {
            Ledger ledger = new Ledger();
            for (GenesisAccount account : chain.genesis().accounts()) {
                ledger.add(account.address(), account.balance(), 0);
            }
            assertEquals(
                    chain.genesis().header(ledger.trie.rootHash()),
                    BlockHeader.decode(chain.header(0)));
            for (long height = 1; height < chain.end(); height++) {
                BlockHeader header = BlockHeader.decode(chain.header(height));
                apply(ledger, chain.genesis().spec(), header, BlockBody.decode(chain.body(height)));
                assertArrayEquals(header.stateRoot(), ledger.trie.rootHash(), header.toString());
            }
        }
    }

    @Test
    void shouldHaveHeadersAndUnclesAsTheRulesWantThem() {
        TreeSet<Long> depths = new TreeSet<>();
        try (DevChain chain = DevChain.of(new DevChainOptions(400, 1, 3))) {
            byte[] noUncles = keccak.hash(new byte[] {(byte) 0xc0});
            for (long height = 1; height < chain.end(); height++) {
                BlockHeader header = BlockHeader.decode(chain.header(height));
                checkChild(chain, header, noUncles);
                for (BlockHeader uncle : BlockBody.decode(chain.body(height)).uncles()) {
                    checkChild(chain, uncle, noUncles);
                    byte[] sibling = chain.header(uncle.number());
                    assertFalse(Arrays.equals(sibling, uncle.rlp()), header.toString());
                    depths.add(height - uncle.number());
                }
            }
        }
        assertEquals("[1, 2, 3]", depths.toString());
    }

    @Test
    void shouldBeTheSameChainForTheSameOptionsOnly() {
        // Pins the chain: an import begun with one version must go on with the next.
        assertEquals(
                "dafdb8751a381e47a077b8397b574f1fe293160822c3a9d0ecf593ac6681d95a",
                headHash(OPTIONS));
        assertEquals(headHash(OPTIONS), headHash(OPTIONS));
        assertFalse(headHash(OPTIONS).equals(headHash(new DevChainOptions(100, 4, 43))));
        try (BlockSource longer = DevChain.of(new DevChainOptions(101, 4, 42));
                BlockSource source = open()) {
            assertArrayEquals(source.header(100), longer.header(100));
        }
    }

    @Test
    void shouldGenerateAgainWhatItKeepsNoLonger() {
        try (DevChain small = new DevChain(OPTIONS, 20_000);
                BlockSource source = open()) {
            for (long height : new long[] {100, 3, 50, 49, 48, 0, 100}) {
                assertArrayEquals(source.header(height), small.header(height));
                assertArrayEquals(source.receipts(height), small.receipts(height));
            }
        }
    }

    @Test
    void shouldBeAbleToHaveNoTransactions() {
        try (DevChain chain = DevChain.of(new DevChainOptions(20, 0, 1))) {
            BlockHeader header = BlockHeader.decode(chain.header(20));
            assertArrayEquals(MerkleTrie.emptyRoot(), header.transactionsRoot());
            assertArrayEquals(MerkleTrie.emptyRoot(), header.receiptsRoot());
        }
    }

    @Test
    void shouldReadItsOptionsFromText() {
        assertEquals(DevChainOptions.DEFAULT, DevChainOptions.parse(""));
        assertEquals(
                new DevChainOptions(5, 6, -7), DevChainOptions.parse("seed=-7, blocks=5,txs=6"));
        assertEquals(
                new DevChainOptions(1_000, 0, 1), DevChainOptions.parse("txs=0"));
        for (String bad : new String[] {
            "blocks", "blocks=", "blocks=x", "blocks=0", "txs=-1", "txs=10001", "size=1",
            "blocks=1,", "txs=4294967297"
        }) {
            assertThrows(IllegalArgumentException.class, () -> DevChainOptions.parse(bad), bad);
        }
    }

    private void checkChild(BlockSource chain, BlockHeader header, byte[] noUncles) {
        BlockHeader parent = BlockHeader.decode(chain.header(header.number() - 1));
        assertArrayEquals(parent.hash(keccak), header.parentHash(), header.toString());
        assertTrue(header.timestamp() > parent.timestamp(), header.toString());
        BigInteger difficulty =
                DifficultyRule.next(
                        parent, noUncles, header.timestamp(), Fork.ISTANBUL);
        assertEquals(difficulty, header.difficulty(), header.toString());
        assertTrue(header.gasUsed() <= header.gasLimit(), header.toString());
    }

    private void apply(Ledger ledger, ChainSpec spec, BlockHeader header, BlockBody body) {
        SenderRecovery recovery = new SenderRecovery();
        TransactionRules rules = spec.transactionRules(header);
        BigInteger gas = BigInteger.valueOf(21_000);
        for (Transaction transaction : body.transactions()) {
            rules.check(transaction);
            byte[] sender = recovery.sender(transaction, rules.signatures());
            assertEquals(ledger.get(sender).nonce(), transaction.nonce());
            BigInteger fee = transaction.gasPrice(header.baseFee()).multiply(gas);
            ledger.add(sender, transaction.value().add(fee).negate(), 1);
            assertTrue(ledger.get(sender).balance().signum() >= 0);
            byte[] to = Objects.requireNonNull(transaction.to());
            ledger.add(to, transaction.value(), 0);
            ledger.add(header.coinbase(), fee, 0);
        }
        assertEquals(21_000L * body.transactions().size(), header.gasUsed());
        BlockRewards.pay(
                header, body.uncles(), spec.fork(header), (to, wei) -> ledger.add(to, wei, 0));
    }

    private String headHash(DevChainOptions options) {
        try (DevChain chain = DevChain.of(options)) {
            BlockHeader head = BlockHeader.decode(chain.header(chain.end() - 1));
            assertTrue(head.has(HeaderField.NONCE));
            return HexFormat.of().formatHex(head.hash(keccak));
        }
    }

    /** Accounts in a trie and nowhere else: each change is read from it and put back. */
    private final class Ledger {

        final MerkleTrie trie = new MerkleTrie();

        Account get(byte[] address) {
            byte[] value = trie.get(keccak.hash(address));
            return value == null ? Account.plain(0, BigInteger.ZERO) : Account.decode(value);
        }

        void add(byte[] address, BigInteger wei, int nonces) {
            Account account = get(address);
            trie.put(
                    keccak.hash(address),
                    account.with(account.nonce() + nonces, account.balance().add(wei)).encode());
        }
    }
}
