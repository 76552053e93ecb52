package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.sync.ethereum.crypto.SRange;
import dev.varve.sync.ethereum.crypto.Secp256k1;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class TransferSignerTest {

    @Test
    void shouldMakeTheExampleOfEip155() {
        byte[] to = new byte[20];
        Arrays.fill(to, (byte) 0x35);
        BigInteger key = new BigInteger("46".repeat(32), 16);
        byte[] envelope = new TransferSigner(BigInteger.ONE)
                .sign(9, BigInteger.valueOf(20_000_000_000L), to, BigInteger.TEN.pow(18), key);
        assertEquals(
                "f86c098504a817c800825208943535353535353535353535353535353535353535"
                        + "880de0b6b3a76400008025"
                        + "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                        + "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
                HexFormat.of().formatHex(envelope));
        Transaction transaction = Transaction.decode(envelope);
        assertEquals(BigInteger.ONE, transaction.chainId());
        assertEquals(9, transaction.nonce());
        assertArrayEquals(to, transaction.to());
        assertArrayEquals(
                new Secp256k1().address(key),
                new SenderRecovery().sender(transaction, SRange.LOW));
    }
}
