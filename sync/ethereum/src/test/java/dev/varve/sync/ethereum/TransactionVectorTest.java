package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.crypto.InvalidSignatureException;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** The official transaction vectors: what each fork makes of an encoded transaction. */
final class TransactionVectorTest {

    private static final String ARCHIVE = "vectors/ethereum-tests-v14.1-TransactionTests.tar.gz";
    private static final int TAR_BLOCK = 512;

    private final Keccak256 keccak = new Keccak256();
    private final SenderRecovery recovery = new SenderRecovery();
    private int valid;
    private int invalid;

    @Test
    void shouldAgreeWithEveryVectorAtEveryFork() throws IOException {
        byte[] tar;
        try (GZIPInputStream in =
                new GZIPInputStream(Files.newInputStream(ChainFiles.path(ARCHIVE)))) {
            tar = in.readAllBytes();
        }
        for (int at = 0; at + TAR_BLOCK <= tar.length && tar[at] != 0; ) {
            String name = text(tar, at, 100);
            int size = Integer.parseInt(text(tar, at + 124, 12).strip(), 8);
            int start = at + TAR_BLOCK;
            if (name.endsWith(".json")) {
                checkFile(name, Arrays.copyOfRange(tar, start, start + size));
            }
            at = start + (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        }
        assertEquals(606, valid);
        assertTrue(invalid > 2_000, invalid + " invalid");
    }

    private void checkFile(String name, byte[] json) {
        for (Object test : ChainFiles.json(json).values()) {
            String bytes = ChainFiles.field(test, "txbytes").toString();
            Map<String, Object> results = ChainFiles.object(ChainFiles.field(test, "result"));
            results.forEach((fork, result) -> check(name + " at " + fork, bytes, fork, result));
        }
    }

    private void check(String name, String bytes, String fork, Object result) {
        TransactionRules rules = new TransactionRules(forkNamed(fork), BigInteger.ONE);
        if (ChainFiles.object(result).containsKey("exception")) {
            RuntimeException e =
                    assertThrows(RuntimeException.class, () -> sender(bytes, rules), name);
            assertTrue(
                    e instanceof RlpException
                            || e instanceof InvalidTransactionException
                            || e instanceof InvalidSignatureException,
                    () -> name + ": " + e);
            invalid++;
            return;
        }
        assertEquals(ChainFiles.field(result, "sender"), sender(bytes, rules), name);
        Transaction transaction = Transaction.decode(ChainFiles.hex(bytes));
        assertEquals(ChainFiles.field(result, "hash"), hex(transaction.hash(keccak)), name);
        assertEquals(
                Long.decode(ChainFiles.field(result, "intrinsicGas").toString()),
                rules.intrinsicGas(transaction),
                name);
        valid++;
    }

    private String sender(String bytes, TransactionRules rules) {
        Transaction transaction = Transaction.decode(ChainFiles.hex(bytes));
        rules.check(transaction);
        return hex(recovery.sender(transaction, rules.signatures()));
    }

    private static Fork forkNamed(String name) {
        return switch (name) {
            case "EIP150" -> Fork.TANGERINE_WHISTLE;
            case "EIP158" -> Fork.SPURIOUS_DRAGON;
            case "ConstantinopleFix" -> Fork.PETERSBURG;
            case String other -> Fork.valueOf(other.toUpperCase(Locale.ROOT));
        };
    }

    private static String text(byte[] tar, int at, int length) {
        String text = new String(tar, at, length, StandardCharsets.US_ASCII);
        int end = text.indexOf(0);
        return end < 0 ? text : text.substring(0, end);
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
