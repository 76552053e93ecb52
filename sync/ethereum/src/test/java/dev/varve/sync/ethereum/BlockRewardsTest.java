package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.Era1Source;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.GenesisAccount;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BlockRewardsTest {

    private final Keccak256 keccak = new Keccak256();

    @Test
    void shouldLeadToTheStateRootsOfTheMainNetwork() {
        // These blocks hold no transactions: rewards are all that changes.
        Genesis genesis = Genesis.read(ChainFiles.path("era1/mainnet-genesis.json"));
        MerkleTrie state = new MerkleTrie();
        for (GenesisAccount account : genesis.accounts()) {
            credit(state, account.address(), account.balance());
        }
        try (BlockSource source = Era1Source.open(ChainFiles.path("era1"))) {
            for (long height = 0; height < source.end(); height++) {
                BlockHeader header = BlockHeader.decode(source.header(height));
                if (height > 0) {
                    BlockRewards.pay(
                            header,
                            BlockBody.decode(source.body(height)).uncles(),
                            genesis.spec().fork(header),
                            (address, wei) -> credit(state, address, wei));
                }
                assertArrayEquals(header.stateRoot(), state.rootHash(), header.toString());
            }
        }
    }

    @Test
    void shouldPayLessForOlderUnclesAndByLaterForks() {
        assertEquals(List.of(4_375_000L, 3_125_000L, 5_312_500L), paid(Fork.FRONTIER));
        assertEquals(List.of(2_625_000L, 1_875_000L, 3_187_500L), paid(Fork.BYZANTIUM));
        assertEquals(List.of(1_750_000L, 1_250_000L, 2_125_000L), paid(Fork.LONDON));
        assertEquals(List.of(), paid(Fork.PARIS));
    }

    /** What a block of height 10 pays two uncles of heights 9 and 7 and its author, in szabo. */
    private static List<Long> paid(Fork fork) {
        List<Long> paid = new ArrayList<>();
        BlockRewards.pay(
                header(10),
                List.of(header(9), header(7)),
                fork,
                (address, wei) ->
                        paid.add(wei.divide(BigInteger.TEN.pow(12)).longValueExact()));
        return paid;
    }

    private static BlockHeader header(long number) {
        return new BlockHeader.Builder().set(HeaderField.NUMBER, number).build();
    }

    private void credit(MerkleTrie state, byte[] address, BigInteger wei) {
        byte[] key = keccak.hash(address);
        byte[] value = state.get(key);
        Account account =
                value == null ? Account.plain(0, BigInteger.ZERO) : Account.decode(value);
        state.put(key, account.with(account.nonce(), account.balance().add(wei)).encode());
    }
}
