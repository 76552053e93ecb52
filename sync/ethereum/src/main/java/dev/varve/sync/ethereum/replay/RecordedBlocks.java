package dev.varve.sync.ethereum.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.varve.logstore.io.StorageException;
import dev.varve.sync.ethereum.replay.RecordedBlock.Account;
import dev.varve.sync.ethereum.replay.RecordedBlock.AccountTouch;
import dev.varve.sync.ethereum.replay.RecordedBlock.Credit;
import dev.varve.sync.ethereum.replay.RecordedBlock.SlotTouch;
import dev.varve.sync.ethereum.replay.RecordedBlock.Touch;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads recorded blocks one after the other from gzipped lines of JSON: a line for a block, which
 * says how many transactions it has, then a line for each of them.
 *
 * <p>For one thread, which closes it; that closes the stream. Throws {@link RecordException}.
 */
public final class RecordedBlocks implements AutoCloseable {

    private static final String PREFIX = "0x";

    /** More than any number of 256 bits has, to bound the work of converting it. */
    private static final int MAX_DIGITS = 66;

    /** More wei than there are; in gwei it fits 64 bits. */
    private static final int MAX_CREDIT_BITS = 90;

    private final String file;
    private final InputStream compressed;
    private @Nullable JsonParser parser;

    /** What stands in the line of a transaction. */
    private static final class Line {

        long index = -1;
        @Nullable String sender;
        @Nullable List<Row> accounts;
        @Nullable List<Row> slots;
    }

    /** One account or slot: text and numbers, in the order of the record. */
    private record Row(List<Object> cells) {

        String text(int i) {
            if (cells.get(i) instanceof String text) {
                return text;
            }
            throw new IllegalArgumentException("a number where text is expected: " + cells);
        }

        long number(int i) {
            if (cells.get(i) instanceof Long number) {
                return number;
            }
            throw new IllegalArgumentException("text where a number is expected: " + cells);
        }

        BigInteger quantity(int i) {
            String text = text(i);
            if (!text.startsWith(PREFIX) || text.length() > MAX_DIGITS) {
                throw new IllegalArgumentException("no quantity of 256 bits: " + text);
            }
            return new BigInteger(text.substring(PREFIX.length()), 16);
        }

        Row checkSize(int... allowed) {
            for (int size : allowed) {
                if (cells.size() == size) {
                    return this;
                }
            }
            throw new IllegalArgumentException("a row of " + cells.size() + " cells: " + cells);
        }
    }

    /**
     * A reader of a stream.
     *
     * @param file what errors call it
     * @param compressed taken over
     */
    public RecordedBlocks(String file, InputStream compressed) {
        this.file = file;
        this.compressed = compressed;
    }

    /** The next block, or null if there is none. */
    public @Nullable RecordedBlock next() {
        try {
            if (parser == null) {
                parser = new JsonFactory().createParser(new GZIPInputStream(compressed));
            }
            return parser.nextToken() == null ? null : readBlock(parser);
        } catch (JsonProcessingException e) {
            throw damaged("is not JSON: " + e.getOriginalMessage(), e);
        } catch (EOFException e) {
            // Of the decompression, which has no words for it.
            throw damaged(
                    parser == null
                            ? "is empty, or cut off in the header of its compression"
                            : "is cut off: its compressed data ends too early",
                    e);
        } catch (IOException e) {
            throw damaged("cannot be read: " + StorageException.reason(e), e);
        } catch (IllegalArgumentException e) {
            throw damaged("malformed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            if (parser != null) {
                parser.close();
            } else {
                compressed.close();
            }
        } catch (IOException e) {
            throw damaged("cannot be closed: " + e, e);
        }
    }

    private RecordException damaged(String message, Exception cause) {
        long line = parser == null ? 1 : Math.max(1, parser.currentLocation().getLineNr());
        return new RecordException(file, line, message, cause);
    }

    private static RecordedBlock readBlock(JsonParser parser) throws IOException {
        expect(parser, JsonToken.START_OBJECT);
        long number = -1;
        long count = -1;
        String coinbase = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "block" -> number = number(parser);
                case "txs" -> count = number(parser);
                case "coinbase" -> coinbase = text(parser);
                default -> parser.skipChildren();
            }
        }
        if (number < 0 || count < 0 || coinbase.isEmpty()) {
            throw new IllegalArgumentException(
                    "a block without a number, its coinbase or its number of transactions");
        }
        List<List<Touch>> transactions = new ArrayList<>();
        while (transactions.size() < count) {
            Line line = readLine(parser);
            if (line.index != transactions.size()) {
                throw new IllegalArgumentException(
                        "transaction " + line.index + " of block " + number + " where "
                                + transactions.size() + " is expected");
            }
            transactions.add(touches(line, coinbase));
        }
        return new RecordedBlock(number, coinbase, transactions);
    }

    private static Line readLine(JsonParser parser) throws IOException {
        parser.nextToken();
        expect(parser, JsonToken.START_OBJECT);
        Line line = new Line();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "i" -> line.index = number(parser);
                case "from" -> line.sender = text(parser);
                case "acc" -> line.accounts = rows(parser);
                case "slot" -> line.slots = rows(parser);
                default -> parser.skipChildren();
            }
        }
        return line;
    }

    private static List<Touch> touches(Line line, String coinbase) {
        if (line.sender == null || line.accounts == null || line.slots == null) {
            throw new IllegalArgumentException(
                    "transaction " + line.index + " has no sender, accounts or slots");
        }
        List<Touch> touches = new ArrayList<>();
        for (Row row : line.accounts) {
            touches.add(account(row.checkSize(3, 5, 6), coinbase, line.sender));
        }
        for (Row row : line.slots) {
            String after = row.checkSize(3, 4).cells().size() == 4 ? row.text(3) : null;
            touches.add(new SlotTouch(row.text(0), row.text(1), row.text(2), after));
        }
        return List.copyOf(touches);
    }

    private static Touch account(Row row, String coinbase, String sender) {
        String address = row.text(0);
        Account before = new Account(row.quantity(1), row.number(2), "");
        if (row.cells().size() == 3) {
            return new AccountTouch(address, before, null);
        }
        String code = row.cells().size() > 5 ? row.text(5) : "";
        Account after = new Account(row.quantity(3), row.number(4), code);
        boolean isCredit =
                address.equals(coinbase)
                        && !sender.equals(coinbase)
                        && after.nonce() == before.nonce()
                        && code.isEmpty()
                        && after.balance().compareTo(before.balance()) >= 0;
        if (!isCredit) {
            return new AccountTouch(address, before, after);
        }
        BigInteger credit = after.balance().subtract(before.balance());
        if (credit.bitLength() > MAX_CREDIT_BITS) {
            throw new IllegalArgumentException("a credit of " + credit + " wei to the coinbase");
        }
        return new Credit(credit);
    }

    private static List<Row> rows(JsonParser parser) throws IOException {
        expect(parser, JsonToken.START_ARRAY);
        List<Row> rows = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser, JsonToken.START_ARRAY);
            List<Object> cells = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                cells.add(
                        parser.currentToken() == JsonToken.VALUE_STRING
                                ? parser.getText()
                                : number(parser));
            }
            rows.add(new Row(cells));
        }
        return rows;
    }

    private static long number(JsonParser parser) throws IOException {
        expect(parser, JsonToken.VALUE_NUMBER_INT);
        return parser.getLongValue();
    }

    private static String text(JsonParser parser) throws IOException {
        expect(parser, JsonToken.VALUE_STRING);
        return parser.getText();
    }

    private static void expect(JsonParser parser, JsonToken token) {
        if (parser.currentToken() != token) {
            throw new IllegalArgumentException(
                    (parser.currentToken() == null ? "the end" : parser.currentToken())
                            + " where " + token + " is expected");
        }
    }
}
