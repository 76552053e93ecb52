package dev.varve.sync.ethereum.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.varve.sync.ethereum.ChainSpec;
import dev.varve.sync.ethereum.Fork;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.rlp.RlpException;
import dev.varve.sync.ethereum.trie.MerkleTrie;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a genesis file from one end to the other, token by token. Numbers may be JSON numbers or
 * strings, decimal or with 0x before hexadecimal digits; bytes are hexadecimal digits with or
 * without 0x. What the profile does not know is passed over.
 */
final class GenesisReader {

    private static final Map<String, HeaderField> HEADER_FIELDS =
            Map.ofEntries(
                    Map.entry("nonce", HeaderField.NONCE),
                    Map.entry("timestamp", HeaderField.TIMESTAMP),
                    Map.entry("extraData", HeaderField.EXTRA_DATA),
                    Map.entry("gasLimit", HeaderField.GAS_LIMIT),
                    Map.entry("gasUsed", HeaderField.GAS_USED),
                    Map.entry("difficulty", HeaderField.DIFFICULTY),
                    Map.entry("mixHash", HeaderField.MIX_HASH),
                    Map.entry("mixhash", HeaderField.MIX_HASH),
                    Map.entry("coinbase", HeaderField.COINBASE),
                    Map.entry("number", HeaderField.NUMBER),
                    Map.entry("parentHash", HeaderField.PARENT_HASH),
                    Map.entry("baseFeePerGas", HeaderField.BASE_FEE),
                    Map.entry("blobGasUsed", HeaderField.BLOB_GAS_USED),
                    Map.entry("excessBlobGas", HeaderField.EXCESS_BLOB_GAS));

    private static final String PREFIX = "0x";

    /** More than any number of 256 bits has, to bound the work of converting it. */
    private static final int MAX_DIGITS = 100;

    private final Path path;
    private final Map<HeaderField, byte[]> fields = new EnumMap<>(HeaderField.class);
    private final Map<Fork, Long> starts = new EnumMap<>(Fork.class);
    private final List<GenesisAccount> accounts = new ArrayList<>();
    private @Nullable BigInteger chainId;

    GenesisReader(Path path) {
        this.path = path;
    }

    Genesis read() {
        try (JsonParser parser = new JsonFactory().createParser(Files.newInputStream(path))) {
            try {
                readFile(parser);
            } catch (IllegalArgumentException | ArithmeticException e) {
                throw damaged(parser, "malformed: " + e.getMessage(), e);
            }
        } catch (JsonProcessingException e) {
            throw damaged(e.getLocation(), "is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new SourceException(
                    path.toString(), 0, "cannot be read: " + SourceException.reason(e), e);
        }
        if (chainId == null) {
            throw new SourceException(path.toString(), 0, "names no chain id");
        }
        Genesis genesis = new Genesis(new ChainSpec(chainId, starts), fields, accounts);
        checkHeader(genesis);
        return genesis;
    }

    /** Numbers that no header can hold are the file's fault, not that of who asks for one. */
    private void checkHeader(Genesis genesis) {
        try {
            genesis.header(MerkleTrie.emptyRoot());
        } catch (IllegalArgumentException | ArithmeticException | RlpException e) {
            throw new SourceException(
                    path.toString(), 0, "describes no first header: " + e.getMessage(), e);
        }
    }

    private void readFile(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            String what = first == null ? "is empty" : "does not hold an object";
            throw damaged(parser, what, null);
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            HeaderField field = HEADER_FIELDS.get(name);
            if ("config".equals(name)) {
                readConfig(parser);
            } else if ("alloc".equals(name)) {
                readAccounts(parser);
            } else if (field != null && value != JsonToken.VALUE_NULL) {
                fields.put(field, header(parser, field));
            } else {
                parser.skipChildren();
            }
        }
    }

    private void readConfig(JsonParser parser) throws IOException {
        expectObject(parser);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            Fork fork = forkNamed(name);
            if ("chainId".equals(name) || "chainID".equals(name)) {
                chainId = number(parser);
            } else if (fork != null && value != JsonToken.VALUE_NULL) {
                starts.merge(fork, number(parser).longValueExact(), Math::min);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void readAccounts(JsonParser parser) throws IOException {
        expectObject(parser);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            byte[] address = bytes(parser, 20);
            parser.nextToken();
            accounts.add(new GenesisAccount(address, readAccount(parser)));
        }
    }

    private GenesisAccount.Content readAccount(JsonParser parser) throws IOException {
        expectObject(parser);
        GenesisAccount.Content content = new GenesisAccount.Content();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "balance" -> content.balance = number(parser);
                case "nonce" -> content.nonce = number(parser).longValueExact();
                case "code" -> content.code = bytes(parser);
                case "storage" -> content.storage = readStorage(parser);
                default -> parser.skipChildren();
            }
        }
        return content;
    }

    private List<GenesisAccount.Slot> readStorage(JsonParser parser) throws IOException {
        expectObject(parser);
        List<GenesisAccount.Slot> slots = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            byte[] key = word(parser);
            parser.nextToken();
            slots.add(new GenesisAccount.Slot(key, word(parser)));
        }
        return slots;
    }

    private byte[] header(JsonParser parser, HeaderField field) throws IOException {
        return switch (field) {
            case EXTRA_DATA -> bytes(parser);
            case MIX_HASH, PARENT_HASH -> bytes(parser, 32);
            case COINBASE -> bytes(parser, 20);
            case NONCE -> padded(parser, magnitude(number(parser)), 8);
            default -> magnitude(number(parser));
        };
    }

    private static @Nullable Fork forkNamed(String name) {
        for (Fork fork : Fork.values()) {
            if (fork.isNamed(name)) {
                return fork;
            }
        }
        return null;
    }

    private static BigInteger number(JsonParser parser) throws IOException {
        String text = parser.getText();
        if (text.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("a number of " + text.length() + " digits");
        }
        BigInteger number =
                text.startsWith(PREFIX)
                        ? new BigInteger(text.substring(PREFIX.length()), 16)
                        : new BigInteger(text);
        if (number.signum() < 0 || number.bitLength() > 256) {
            throw new IllegalArgumentException(text + " is not a number of at most 256 bits");
        }
        return number;
    }

    /** The big-endian bytes without a leading zero. */
    private static byte[] magnitude(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static byte[] bytes(JsonParser parser) throws IOException {
        String text = parser.getText();
        return HexFormat.of().parseHex(text, text.startsWith(PREFIX) ? 2 : 0, text.length());
    }

    private byte[] bytes(JsonParser parser, int length) throws IOException {
        byte[] bytes = bytes(parser);
        if (bytes.length != length) {
            throw damaged(
                    parser, bytes.length + " bytes where " + length + " are expected", null);
        }
        return bytes;
    }

    /** 32 bytes given by as many digits as it takes, which may be an odd number. */
    private byte[] word(JsonParser parser) throws IOException {
        String text = parser.getText();
        if (text.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("a slot of " + text.length() + " digits");
        }
        String digits = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        return padded(parser, magnitude(new BigInteger("0" + digits, 16)), 32);
    }

    private byte[] padded(JsonParser parser, byte[] bytes, int length) {
        if (bytes.length > length) {
            throw damaged(
                    parser, bytes.length + " bytes where " + length + " are expected", null);
        }
        byte[] padded = new byte[length];
        System.arraycopy(bytes, 0, padded, length - bytes.length, bytes.length);
        return padded;
    }

    private void expectObject(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw damaged(parser, "no object where one is expected", null);
        }
    }

    private SourceException damaged(
            JsonParser parser, String message, @Nullable Throwable cause) {
        return damaged(parser.currentLocation(), message, cause);
    }

    /** People find a place by line and column. */
    private SourceException damaged(
            @Nullable JsonLocation at, String message, @Nullable Throwable cause) {
        if (at == null) {
            return new SourceException(path.toString(), 0, message, cause);
        }
        String place = ", line " + at.getLineNr() + ", column " + at.getColumnNr();
        return new SourceException(
                path.toString(), Math.max(0, at.getByteOffset()), message + place, cause);
    }
}
