package dev.varve.jmh.workload;

import dev.varve.sync.ethereum.SenderRecovery;
import dev.varve.sync.ethereum.Transaction;
import dev.varve.sync.ethereum.crypto.SRange;

/** Finds out who signed a transfer; one transfer is one operation. */
final class SenderWorkload implements Workload {

    private final Transaction[] transfers = new Transaction[SignedTransfers.COUNT];
    private final SenderRecovery recovery = new SenderRecovery();
    private long done;

    SenderWorkload(Site site) {
        SignedTransfers signed = new SignedTransfers(site.seed());
        for (int i = 0; i < transfers.length; i++) {
            transfers[i] = Transaction.decode(signed.envelope(i));
        }
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            Transaction transfer = transfers[(int) (done++ & (transfers.length - 1))];
            sum = 31 * sum + recovery.sender(transfer, SRange.LOW)[0];
        }
        return sum;
    }
}
