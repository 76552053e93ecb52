package dev.varve.sync.ethereum.replay;

import dev.varve.engine.exec.BlockOutcome;
import dev.varve.engine.exec.KeyClassifier;
import dev.varve.engine.exec.TxView;
import dev.varve.sync.ethereum.replay.RecordedBlock.Account;
import dev.varve.sync.ethereum.replay.RecordedBlock.AccountTouch;
import dev.varve.sync.ethereum.replay.RecordedBlock.Credit;
import dev.varve.sync.ethereum.replay.RecordedBlock.SlotTouch;
import dev.varve.sync.ethereum.replay.RecordedBlock.Touch;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executes a recorded block: a transaction reads what the real one read, compares it with the
 * record, and writes what the real one wrote; if it has read something else, it writes something
 * wrong, so that the error spreads. Its result is whether all reads were as recorded.
 *
 * <p>An account (balance and nonce), a code and a slot are a key each. What the coinbase gets in
 * the block is kept beside its account, in two counters (gwei and the rest, since a block's fees in
 * wei do not fit 64 bits): a mere credit adds to them, any other use of the coinbase reads them.
 * Immutable once made.
 */
public final class RecordedReplay implements BlockProgram<Boolean> {

    private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
    private static final byte[] CREDIT_GWEI = key("Fgwei");
    private static final byte[] CREDIT_REST = key("Frest");

    /** The kinds account, storage, code and credit: by the first letter of a key. */
    public static final KeyClassifier KINDS =
            new KeyClassifier() {
                @Override
                public List<String> kinds() {
                    return List.of("account", "storage", "code", "credit");
                }

                @Override
                public int kindOf(byte[] key) {
                    return "ASCF".indexOf(key[0]);
                }
            };

    private final RecordedBlock block;
    private final Work work;
    private final Map<String, byte[]> base = new HashMap<>();
    private final Map<String, byte[]> last = new HashMap<>();
    private BigInteger credited = BigInteger.ZERO;

    /** A block whose transactions each do the given work besides. */
    public RecordedReplay(RecordedBlock block, Work work) {
        this.block = block;
        this.work = work;
        for (List<Touch> transaction : block.transactions()) {
            for (Touch touch : transaction) {
                note(touch);
            }
        }
        noteCredits();
    }

    @Override
    public int count() {
        return block.transactions().size();
    }

    /**
     * How a block that was executed differs from the record: by a transaction that read or got
     * something else, or by what an account, a slot or the coinbase's credit holds at the end.
     *
     * @return the first difference, or null if there is none
     */
    public @Nullable String differenceFromRecord(BlockOutcome<Boolean> outcome) {
        for (int i = 0; i < outcome.size(); i++) {
            if (outcome.isFailed(i)) {
                return "transaction " + i + " failed: " + outcome.failure(i);
            }
            if (!Boolean.TRUE.equals(outcome.result(i))) {
                return "transaction " + i + " did not read what was recorded";
            }
        }
        if (outcome.batch().size() != last.size()) {
            return outcome.batch().size() + " values were written, " + last.size()
                    + " are recorded";
        }
        Map<String, byte[]> missing = new HashMap<>(last);
        outcome.batch()
                .forEach(
                        (key, value) -> {
                            String name = text(key);
                            if (Arrays.equals(value, missing.get(name))) {
                                missing.remove(name);
                            }
                        });
        return missing.isEmpty()
                ? null
                : missing.size() + " values at the end are not as recorded, such as that of "
                        + missing.keySet().stream().sorted().findFirst().orElseThrow();
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return base.get(text(key));
    }

    @Override
    public Boolean execute(int index, TxView view) {
        // Zero once in 2^64, but only the arithmetic knows: so it has to be done.
        boolean asRecorded = work.from(index + 1L) != 0;
        for (Touch touch : block.transactions().get(index)) {
            asRecorded &=
                    switch (touch) {
                        case Credit _ -> true;
                        case AccountTouch account -> matches(account, view);
                        case SlotTouch slot -> matches(slotKey(slot), slot.before(), view);
                    };
        }
        for (Touch touch : block.transactions().get(index)) {
            write(touch, asRecorded, view);
        }
        return asRecorded;
    }

    @Override
    public Precision precision() {
        return Precision.EXACT;
    }

    @Override
    public void declare(int index, KeySink sink) {
        for (Touch touch : block.transactions().get(index)) {
            switch (touch) {
                case Credit credit -> {
                    sink.add(CREDIT_GWEI, 0, gwei(credit.amount()));
                    sink.add(CREDIT_REST, 0, rest(credit.amount()));
                }
                case AccountTouch account -> declare(account, sink);
                case SlotTouch slot -> {
                    if (slot.after() == null) {
                        sink.read(slotKey(slot));
                    } else {
                        sink.write(slotKey(slot));
                    }
                }
            }
        }
    }

    private void declare(AccountTouch account, KeySink sink) {
        Account after = account.after();
        if (after == null) {
            sink.read(accountKey(account));
        } else {
            sink.write(accountKey(account));
            if (!after.codeHash().isEmpty()) {
                sink.write(codeKey(account));
            }
        }
        if (isCoinbase(account)) {
            sink.read(CREDIT_GWEI);
            sink.read(CREDIT_REST);
        }
    }

    private boolean matches(AccountTouch account, TxView view) {
        BigInteger credit = isCoinbase(account) ? credit(view) : BigInteger.ZERO;
        return matches(accountKey(account), text(account.before(), credit), view);
    }

    private static boolean matches(byte[] key, String before, TxView view) {
        byte[] read = view.get(key);
        return read != null && before.equals(text(read));
    }

    private void write(Touch touch, boolean asRecorded, TxView view) {
        switch (touch) {
            case Credit credit -> {
                view.add(CREDIT_GWEI, gwei(credit.amount()), 0, Long.MAX_VALUE);
                view.add(CREDIT_REST, rest(credit.amount()), 0, Long.MAX_VALUE);
            }
            case AccountTouch account -> write(account, asRecorded, view);
            case SlotTouch slot -> {
                if (slot.after() != null) {
                    view.put(slotKey(slot), value(asRecorded ? slot.after() : "wrong"));
                }
            }
        }
    }

    private void write(AccountTouch account, boolean asRecorded, TxView view) {
        Account after = account.after();
        if (after == null) {
            return;
        }
        BigInteger credit = isCoinbase(account) ? credit(view) : BigInteger.ZERO;
        view.put(accountKey(account), value(asRecorded ? text(after, credit) : "wrong"));
        if (!after.codeHash().isEmpty()) {
            view.put(codeKey(account), value(after.codeHash()));
        }
    }

    /** Notes the first value of each key before and its last value after, credits apart. */
    private void note(Touch touch) {
        if (touch instanceof SlotTouch slot) {
            String key = text(slotKey(slot));
            base.putIfAbsent(key, value(slot.before()));
            if (slot.after() != null) {
                last.put(key, value(slot.after()));
            }
        } else if (touch instanceof AccountTouch account && !isCoinbase(account)) {
            String key = text(accountKey(account));
            base.putIfAbsent(key, value(text(account.before(), BigInteger.ZERO)));
            noteAfter(account, BigInteger.ZERO);
        } else if (touch instanceof AccountTouch account) {
            noteCoinbase(account);
        } else if (touch instanceof Credit credit) {
            credited = credited.add(credit.amount());
        }
    }

    private void noteCoinbase(AccountTouch account) {
        String key = text(accountKey(account));
        base.putIfAbsent(key, value(text(account.before(), credited)));
        noteAfter(account, credited);
    }

    private void noteAfter(AccountTouch account, BigInteger credit) {
        Account after = account.after();
        if (after != null) {
            last.put(text(accountKey(account)), value(text(after, credit)));
            if (!after.codeHash().isEmpty()) {
                last.put(text(codeKey(account)), value(after.codeHash()));
            }
        }
    }

    /** The gwei and the rests of the credits are added up apart, as the counters are. */
    private void noteCredits() {
        long gwei = 0;
        long rest = 0;
        for (List<Touch> transaction : block.transactions()) {
            for (Touch touch : transaction) {
                if (touch instanceof Credit credit) {
                    gwei += gwei(credit.amount());
                    rest += rest(credit.amount());
                    last.put(text(CREDIT_GWEI), Numbers.encode(gwei));
                    last.put(text(CREDIT_REST), Numbers.encode(rest));
                }
            }
        }
    }

    private boolean isCoinbase(AccountTouch account) {
        return account.address().equals(block.coinbase());
    }

    private static BigInteger credit(TxView view) {
        return number(view, CREDIT_GWEI).multiply(GWEI).add(number(view, CREDIT_REST));
    }

    private static BigInteger number(TxView view, byte[] key) {
        return BigInteger.valueOf(Numbers.decode(view.get(key)));
    }

    private static String text(Account account, BigInteger credit) {
        return account.balance().subtract(credit).toString(16) + ":" + account.nonce();
    }

    private static long gwei(BigInteger amount) {
        return amount.divide(GWEI).longValueExact();
    }

    private static long rest(BigInteger amount) {
        return amount.mod(GWEI).longValueExact();
    }

    private static byte[] accountKey(AccountTouch account) {
        return key("A" + account.address());
    }

    private static byte[] codeKey(AccountTouch account) {
        return key("C" + account.address());
    }

    private static byte[] slotKey(SlotTouch slot) {
        return key("S" + slot.address() + slot.slot());
    }

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] value(String text) {
        return key(text);
    }

    private static String text(byte[] ascii) {
        return new String(ascii, StandardCharsets.US_ASCII);
    }
}
