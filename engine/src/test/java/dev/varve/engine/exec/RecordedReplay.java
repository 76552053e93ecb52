package dev.varve.engine.exec;

import dev.varve.engine.exec.RecordedBlock.Account;
import dev.varve.engine.exec.RecordedBlock.AccountTouch;
import dev.varve.engine.exec.RecordedBlock.Credit;
import dev.varve.engine.exec.RecordedBlock.SlotTouch;
import dev.varve.engine.exec.RecordedBlock.Touch;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Executes a recorded block: a transaction reads what the real one read, compares it with the record,
 * and writes what the real one wrote; if it has read something else, it writes something wrong, so
 * that the error spreads. Its result is whether all reads were as recorded.
 *
 * <p>An account (balance and nonce), a code and a slot are a key each. What the coinbase gets in the
 * block is kept beside its account, in two counters (gwei and the rest, since a block's fees in wei
 * do not fit 64 bits): a mere credit adds to them, any other use of the coinbase reads them.
 */
final class RecordedReplay implements TxProgram<Boolean>, BaseState, AccessHints {

    private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
    private static final byte[] CREDIT_GWEI = key("Fgwei");
    private static final byte[] CREDIT_REST = key("Frest");

    /** Kinds by the first letter of a key. */
    static final KeyClassifier KINDS =
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
    private final int rounds;
    private final Map<String, byte[]> base = new HashMap<>();
    private final Map<String, byte[]> last = new HashMap<>();

    RecordedReplay(RecordedBlock block, int rounds) {
        this.block = block;
        this.rounds = rounds;
        for (List<Touch> transaction : block.transactions()) {
            for (Touch touch : transaction) {
                note(touch);
            }
        }
    }

    int count() {
        return block.transactions().size();
    }

    /** What the record says each changed account and slot holds at the end. */
    Map<String, byte[]> expected() {
        return last;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return base.get(new String(key, StandardCharsets.US_ASCII));
    }

    @Override
    public Boolean execute(int index, TxView view) {
        long spent = Transfers.work(index, rounds);
        boolean asRecorded = spent != 0 || rounds == 0;
        for (Touch touch : block.transactions().get(index)) {
            asRecorded &=
                    switch (touch) {
                        case Credit credit -> true;
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
        return read != null && before.equals(new String(read, StandardCharsets.US_ASCII));
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
            String key = new String(slotKey(slot), StandardCharsets.US_ASCII);
            base.putIfAbsent(key, value(slot.before()));
            if (slot.after() != null) {
                last.put(key, value(slot.after()));
            }
        } else if (touch instanceof AccountTouch account && !isCoinbase(account)) {
            String key = new String(accountKey(account), StandardCharsets.US_ASCII);
            base.putIfAbsent(key, value(text(account.before(), BigInteger.ZERO)));
            if (account.after() != null) {
                last.put(key, value(text(account.after(), BigInteger.ZERO)));
            }
        } else if (touch instanceof AccountTouch account) {
            noteCoinbase(account);
        } else if (touch instanceof Credit credit) {
            credited = credited.add(credit.amount());
        }
    }

    private BigInteger credited = BigInteger.ZERO;

    private void noteCoinbase(AccountTouch account) {
        String key = new String(accountKey(account), StandardCharsets.US_ASCII);
        base.putIfAbsent(key, value(text(account.before(), credited)));
        if (account.after() != null) {
            last.put(key, value(text(account.after(), credited)));
        }
    }

    private boolean isCoinbase(AccountTouch account) {
        return account.address().equals(block.coinbase());
    }

    private static BigInteger credit(TxView view) {
        return number(view, CREDIT_GWEI).multiply(GWEI).add(number(view, CREDIT_REST));
    }

    private static BigInteger number(TxView view, byte[] key) {
        byte[] value = view.get(key);
        return BigInteger.valueOf(value == null ? 0 : Counters.decode(value));
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
        return Objects.requireNonNull(text).getBytes(StandardCharsets.US_ASCII);
    }
}
