package dev.varve.jmh.workload;

import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;

/**
 * Reads the items of a signed transfer and writes them again, as they were; one transfer is one
 * operation.
 */
final class RlpWorkload implements Workload {

    private final SignedTransfers transfers;
    private final RlpReader reader = new RlpReader(new byte[0]);
    private final RlpWriter writer = new RlpWriter();
    private long done;

    RlpWorkload(Site site) {
        transfers = new SignedTransfers(site.seed());
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            byte[] envelope = transfers.envelope(done++);
            copy(envelope);
            sum = 31 * sum + writer.length() + writer.buffer()[writer.length() - 1];
        }
        return sum;
    }

    private void copy(byte[] envelope) {
        reader.reset(envelope, 0, envelope.length).enterList();
        writer.reset().startList();
        while (reader.hasNext()) {
            reader.nextString();
            writer.string(envelope, reader.payloadOffset(), reader.payloadLength());
        }
        reader.leaveList();
        reader.end();
        writer.endList();
    }
}
