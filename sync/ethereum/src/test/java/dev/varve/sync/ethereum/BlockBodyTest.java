package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.sync.ethereum.crypto.InvalidSignatureException;
import dev.varve.sync.ethereum.crypto.SRange;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.RlpFileSource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class BlockBodyTest {

    @Test
    void shouldHoldTransactionsOfEveryTypeAndWithdrawals() {
        TreeSet<Integer> types = new TreeSet<>();
        int withdrawals = 0;
        for (byte[] rlp : bodies()) {
            BlockBody body = BlockBody.decode(rlp);
            body.transactions().forEach(transaction -> types.add(transaction.type()));
            List<Withdrawal> paid = body.withdrawals();
            if (paid != null) {
                withdrawals += paid.size();
                paid.forEach(one -> assertTrue(one.amount().signum() > 0));
            }
        }
        assertEquals("[0, 1, 2, 3, 4]", types.toString());
        assertTrue(withdrawals > 0);
    }

    @Test
    void shouldThrowNothingElseWhenBytesAreDamaged() {
        SenderRecovery recovery = new SenderRecovery();
        int refused = 0;
        for (byte[] rlp : bodies()) {
            for (long seed = 0; seed < 300; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                byte[] damaged = rlp.clone();
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                try {
                    BlockBody body = BlockBody.decode(damaged);
                    if (seed < 3 && !body.transactions().isEmpty()) {
                        Transaction transaction = body.transactions().getFirst();
                        assertNotNull(recovery.sender(transaction, SRange.LOW));
                    }
                } catch (RlpException | InvalidSignatureException e) {
                    refused++;
                }
            }
        }
        assertTrue(refused > 1_000, "only " + refused + " refused");
    }

    @Test
    void shouldRefuseATypeThatNobodyKnows() {
        byte[] envelope = {5, (byte) 0xc0};
        assertThrows(RlpException.class, () -> Transaction.decode(envelope));
        assertThrows(RlpException.class, () -> Transaction.decode(new byte[0]));
    }

    @Test
    void shouldRefuseAListInAString() {
        // The same transaction in its type's form has no list inside a string: two encodings.
        byte[] legacy = new TransferSigner(BigInteger.ONE)
                .sign(0, BigInteger.ONE, new byte[20], BigInteger.ONE, BigInteger.TWO);
        byte[] wrapped = new RlpWriter()
                .startList().startList().string(legacy).endList().startList().endList().endList()
                .toByteArray();
        assertThrows(RlpException.class, () -> BlockBody.decode(wrapped));
    }

    @Test
    void shouldPayTheBaseFeeAndATipUpToTheMost() {
        BigInteger ten = BigInteger.TEN;
        Transaction dynamic = dynamicFee(2, 15);
        assertEquals(BigInteger.valueOf(12), dynamic.gasPrice(ten));
        assertEquals(BigInteger.valueOf(15), dynamic.gasPrice(BigInteger.valueOf(14)));
        assertEquals(BigInteger.TWO, dynamic.maxPriorityFee());
        Transaction legacy = Transaction.decode(new TransferSigner(BigInteger.ONE)
                .sign(0, ten, new byte[20], BigInteger.ONE, BigInteger.TWO));
        assertEquals(ten, legacy.gasPrice(BigInteger.ONE));
        assertEquals(ten, legacy.maxPriorityFee());
    }

    private static Transaction dynamicFee(long priority, long most) {
        byte[] list = new RlpWriter()
                .startList()
                .integer(1).integer(0).integer(priority).integer(most).integer(21_000)
                .string(new byte[20]).integer(1).string(new byte[0])
                .startList().endList()
                .integer(0).integer(1).integer(1)
                .endList()
                .toByteArray();
        byte[] envelope = HexFormat.of().parseHex("02" + HexFormat.of().formatHex(list));
        assertTrue(new RlpReader(list).isList());
        return Transaction.decode(envelope);
    }

    private static List<byte[]> bodies() {
        List<byte[]> bodies = new ArrayList<>();
        try (BlockSource source = RlpFileSource.open(ChainFiles.path("execution-apis/chain.rlp"))) {
            for (long height = source.first(); height < source.end(); height++) {
                bodies.add(source.body(height));
            }
        }
        return bodies;
    }
}
