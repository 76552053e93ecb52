package dev.varve.sync.ethereum.source;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.ChainSpec;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chain begins with: its rules, its accounts, and the fields of its first header other than
 * the state root, which only a trie of the accounts can tell. Immutable.
 */
public final class Genesis {

    private static final BigInteger DEFAULT_BASE_FEE = BigInteger.valueOf(1_000_000_000);

    /** Hash of an empty list of uncles. */
    private static final byte[] EMPTY_LIST = {(byte) 0xc0};

    /** SHA-256 of nothing: no requests (EIP-7685). */
    private static final String NO_REQUESTS =
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private final ChainSpec spec;
    private final Map<HeaderField, byte[]> fields;
    private final List<GenesisAccount> accounts;

    /** Worked out when it is first asked for: it takes a trie of all accounts. */
    private volatile @Nullable BlockHeader firstHeader;

    /** A genesis; header fields that are not named are zero, or what an empty block has. */
    Genesis(ChainSpec spec, Map<HeaderField, byte[]> fields, List<GenesisAccount> accounts) {
        this.spec = spec;
        this.fields = new EnumMap<>(HeaderField.class);
        this.fields.putAll(fields);
        this.accounts = Collections.unmodifiableList(accounts);
    }

    /** Reads a genesis file as geth and Besu have it; throws {@link SourceException}. */
    public static Genesis read(Path path) {
        return new GenesisReader(path).read();
    }

    public ChainSpec spec() {
        return spec;
    }

    public List<GenesisAccount> accounts() {
        return accounts;
    }

    /** The first header, which takes the trie of all accounts. */
    public BlockHeader firstHeader() {
        BlockHeader known = firstHeader;
        if (known == null) {
            known = header(new GenesisState().root(this));
            firstHeader = known;
        }
        return known;
    }

    /** The first header, given the root of the accounts' trie. */
    public BlockHeader header(byte[] stateRoot) {
        byte[] emptyRoot = MerkleTrie.emptyRoot();
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.set(HeaderField.UNCLES_HASH, new Keccak256().hash(EMPTY_LIST))
                .set(HeaderField.STATE_ROOT, stateRoot)
                .set(HeaderField.TRANSACTIONS_ROOT, emptyRoot)
                .set(HeaderField.RECEIPTS_ROOT, emptyRoot);
        if (spec.isActive(Fork.LONDON, 0)) {
            header.set(HeaderField.BASE_FEE, DEFAULT_BASE_FEE);
            addFieldsByTime(header, emptyRoot);
        }
        fields.forEach(
                (field, value) -> {
                    if (hasField(field)) {
                        header.set(field, value);
                    }
                });
        return header.build();
    }

    private void addFieldsByTime(BlockHeader.Builder header, byte[] emptyRoot) {
        long time = time();
        if (spec.isActive(Fork.SHANGHAI, time)) {
            header.set(HeaderField.WITHDRAWALS_ROOT, emptyRoot);
        }
        if (spec.isActive(Fork.CANCUN, time)) {
            header.set(HeaderField.BLOB_GAS_USED, 0)
                    .set(HeaderField.EXCESS_BLOB_GAS, 0)
                    .set(HeaderField.PARENT_BEACON_BLOCK_ROOT, new byte[32]);
        }
        if (spec.isActive(Fork.PRAGUE, time)) {
            header.set(HeaderField.REQUESTS_HASH, HexFormat.of().parseHex(NO_REQUESTS));
        }
    }

    /** Whether the first header has a field: files name some that their forks do not know. */
    private boolean hasField(HeaderField field) {
        return switch (field) {
            case BASE_FEE -> spec.isActive(Fork.LONDON, 0);
            case BLOB_GAS_USED, EXCESS_BLOB_GAS ->
                    spec.isActive(Fork.LONDON, 0) && spec.isActive(Fork.CANCUN, time());
            default -> true;
        };
    }

    private long time() {
        byte[] timestamp = fields.get(HeaderField.TIMESTAMP);
        return timestamp == null ? 0 : new BigInteger(1, timestamp).longValueExact();
    }
}
