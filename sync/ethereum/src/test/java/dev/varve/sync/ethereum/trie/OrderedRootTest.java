package dev.varve.sync.ethereum.trie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OrderedRootTest {

    @Test
    void shouldBeTheHashOfTheEmptyStringWhenThereIsNothing() {
        byte[] emptyString = {(byte) 0x80};
        assertArrayEquals(new Keccak256().hash(emptyString), OrderedRoot.of(List.of()));
    }

    @Test
    void shouldEqualTheTwinWhenTheIndexGrowsByAByte() {
        Random random = new Random(7);
        List<byte[]> values = new ArrayList<>();
        TwinTrie twin = new TwinTrie();
        for (int i = 0; i < 300; i++) {
            byte[] value = new byte[1 + random.nextInt(120)];
            random.nextBytes(value);
            values.add(value);
            twin.put(new RlpWriter().integer(i).toByteArray(), value);
            if (i < 20 || Math.abs(i - 128) < 8 || Math.abs(i - 256) < 5 || i == 299) {
                assertArrayEquals(twin.rootHash(), OrderedRoot.of(values), "size " + values.size());
            }
        }
    }

    @Test
    void shouldEqualTheTwinWhenTheIndexHasThreeBytes() {
        List<byte[]> values = new ArrayList<>();
        TwinTrie twin = new TwinTrie();
        for (int i = 0; i < 65_540; i++) {
            byte[] value = {(byte) (i >> 16), (byte) (i >> 8), (byte) i, 1};
            values.add(value);
            twin.put(new RlpWriter().integer(i).toByteArray(), value);
        }
        assertEquals(
                HexFormat.of().formatHex(twin.rootHash()),
                HexFormat.of().formatHex(OrderedRoot.of(values)));
    }

    @Test
    void shouldRefuseAnEmptyItem() {
        List<byte[]> values = List.of(new byte[] {1}, new byte[0]);
        assertThrows(IllegalArgumentException.class, () -> OrderedRoot.of(values));
    }
}
