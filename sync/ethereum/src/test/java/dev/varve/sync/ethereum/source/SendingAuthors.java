package dev.varve.sync.ethereum.source;

/**
 * Generated chains where some authors of blocks also send and receive: fees and transfers meet in
 * one account. The generator does both in order, and its state roots say what must come out.
 */
public final class SendingAuthors {

    private static final int SENDING = 3;
    private static final long KEPT_BYTES = 64 << 20;

    private SendingAuthors() {}

    /** A chain in which 3 of 8 authors are senders as well. */
    public static DevChain chain(DevChainOptions options) {
        return new DevChain(options, KEPT_BYTES, new DevChainGenerator(options, SENDING));
    }
}
