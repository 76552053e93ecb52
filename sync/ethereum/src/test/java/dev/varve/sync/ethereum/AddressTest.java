package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which addresses are those of contracts in the protocol. */
final class AddressTest {

    private static long builtIn(Fork fork) {
        long count = 0;
        for (int number = 0; number < 1 << 16; number++) {
            byte[] bytes = new byte[Address.LENGTH];
            bytes[Address.LENGTH - 2] = (byte) (number >>> Byte.SIZE);
            bytes[Address.LENGTH - 1] = (byte) number;
            count += Address.of(bytes).isBuiltIn(fork) ? number : 0;
        }
        return count;
    }

    /** Sums tell which: never 0, to which people send what they burn. */
    @Test
    void shouldKnowTheContractsOfEachFork() {
        assertEquals(1 + 2 + 3 + 4, builtIn(Fork.FRONTIER));
        assertEquals(1 + 2 + 3 + 4 + 5 + 6 + 7 + 8, builtIn(Fork.PETERSBURG));
        assertEquals(1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9, builtIn(Fork.LONDON));
    }
}
