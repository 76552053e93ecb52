package dev.varve.sync.ethereum.stage;

import dev.varve.sync.ItemId;
import dev.varve.sync.ethereum.BlockBody;
import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.OrderedRoot;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares bodies and receipts with what their header has of them: root of the transactions, hash
 * of the uncles, root of the withdrawals, root of the receipts. For one thread. Throws {@link
 * dev.varve.sync.ethereum.rlp.RlpException} for what is no body, or no receipts.
 */
final class BodyRoots {

    /** No transactions and no uncles: most early blocks. */
    private static final byte[] EMPTY_BODY = {(byte) 0xc2, (byte) 0xc0, (byte) 0xc0};

    private static final byte[] EMPTY_LIST = {(byte) 0xc0};

    private final Keccak256 keccak = new Keccak256();
    private final byte[] noUncles = keccak.hash(EMPTY_LIST);
    private final byte[] emptyRoot = OrderedRoot.of(List.of());

    /** In what a body differs from its header, or null. */
    @Nullable String faultOfBody(BlockHeader header, byte[] body) {
        return Arrays.equals(body, EMPTY_BODY) && !header.has(HeaderField.WITHDRAWALS_ROOT)
                ? faultOfEmptyBody(header)
                : faultOf(header, BlockBody.decode(body));
    }

    /** In what receipts differ from their header, or null. */
    @Nullable String faultOfReceipts(BlockHeader header, byte[] receipts) {
        byte[] root = OrderedRoot.of(BlockBody.receiptValues(receipts));
        return compare("receipts root", header, HeaderField.RECEIPTS_ROOT, root);
    }

    private @Nullable String faultOfEmptyBody(BlockHeader header) {
        String fault =
                compare("transactions root", header, HeaderField.TRANSACTIONS_ROOT, emptyRoot);
        return fault != null
                ? fault
                : compare("uncles hash", header, HeaderField.UNCLES_HASH, noUncles);
    }

    private @Nullable String faultOf(BlockHeader header, BlockBody body) {
        byte[] transactions = OrderedRoot.of(body.transactionValues());
        String fault =
                compare("transactions root", header, HeaderField.TRANSACTIONS_ROOT, transactions);
        if (fault == null) {
            byte[] uncles = body.unclesHash(keccak);
            fault = compare("uncles hash", header, HeaderField.UNCLES_HASH, uncles);
        }
        if (fault == null && header.has(HeaderField.WITHDRAWALS_ROOT)) {
            byte[] withdrawals = OrderedRoot.of(body.withdrawalValues());
            fault = compare("withdrawals root", header, HeaderField.WITHDRAWALS_ROOT, withdrawals);
        }
        if (fault == null
                && header.has(HeaderField.WITHDRAWALS_ROOT) == (body.withdrawals() == null)) {
            fault = "its header and its body differ on whether there are withdrawals";
        }
        return fault;
    }

    private static @Nullable String compare(
            String what, BlockHeader header, HeaderField field, byte[] computed) {
        return header.matches(field, computed)
                ? null
                : "its " + what + " is " + ItemId.of(computed) + ", its header names "
                        + ItemId.of(header.bytes(field));
    }
}
