package dev.varve.sync.ethereum.source;

import java.math.BigInteger;

/** A generated block, encoded. */
final class DevBlock {

    final byte[] header;
    final byte[] body;
    final byte[] receipts;
    final BigInteger totalDifficulty;

    DevBlock(byte[] header, byte[] body, byte[] receipts, BigInteger totalDifficulty) {
        this.header = header;
        this.body = body;
        this.receipts = receipts;
        this.totalDifficulty = totalDifficulty;
    }

    /** Bytes held, roughly. */
    int size() {
        return header.length + body.length + receipts.length + 128;
    }
}
