package dev.varve.cli;

import dev.varve.logstore.LogStore;
import dev.varve.sync.ethereum.Address;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints one thing that a store holds. */
@Command(
        name = "get",
        description = "Prints a block, the receipts of one, where a transaction stands, an account, or"
                + " the head.",
        footer = {
            "",
            "An account is as the newest executed block left it.",
        })
final class GetCommand extends StoreCommand {

    private static final int HASH_DIGITS = 64;

    /** What can be printed. */
    enum What {
        HEAD,
        BLOCK,
        RECEIPTS,
        TX,
        ACCOUNT
    }

    @Parameters(
            index = "0",
            paramLabel = "WHAT",
            description = "head, block, receipts, tx or account.")
    private What what = What.HEAD;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KEY",
            description = "Height or hash of the block; hash of the transaction; address of the account.")
    private @Nullable String key;

    GetCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        Question question = question();
        try (LogStore store = store().openExisting()) {
            Facts facts = question.ask(new ChainReader(store));
            if (isJson()) {
                out().println(facts.json());
            } else {
                facts.print(out());
            }
        }
        return ExitCode.OK;
    }

    /** What is asked of a store once the command line is known to be right. */
    @FunctionalInterface
    private interface Question {
        Facts ask(ChainReader reader);
    }

    private Question question() {
        return switch (what) {
            case HEAD -> {
                if (key != null) {
                    throw CommandException.usage("the head has no key, \"" + key + '"');
                }
                yield ChainReader::head;
            }
            case BLOCK -> block(ChainReader::block);
            case RECEIPTS -> block(ChainReader::receipts);
            case TX -> {
                byte[] hash = bytes(required("a hash"), HASH_DIGITS, "a transaction's hash");
                yield reader -> reader.transaction(hash);
            }
            case ACCOUNT -> {
                Address address = address();
                yield reader -> reader.account(address);
            }
        };
    }

    /** Asks for a block by its height. */
    @FunctionalInterface
    private interface AtHeight {
        Facts ask(ChainReader reader, long height);
    }

    private Question block(AtHeight question) {
        String text = required("a height or a hash");
        if (text.startsWith("0x")) {
            byte[] hash = bytes(text, HASH_DIGITS, "a block's hash");
            return reader -> question.ask(reader, reader.heightOf(hash));
        }
        // 18 digits fit into a long.
        if (!text.matches("[0-9]{1,18}")) {
            throw CommandException.usage("\"" + text + "\" is neither a height nor a hash");
        }
        long height = Long.parseLong(text);
        return reader -> question.ask(reader, height);
    }

    private Address address() {
        String text = required("an address");
        return Address.of(bytes(text, 2 * Address.LENGTH, "an address"));
    }

    private String required(String kind) {
        if (key == null) {
            throw CommandException.usage(kind + " is missing: get WHAT KEY");
        }
        return key;
    }

    private static byte[] bytes(String text, int digits, String kind) {
        String hex = text.startsWith("0x") ? text.substring(2) : text;
        if (hex.length() != digits || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            throw CommandException.usage(
                    kind + " is " + digits + " hex digits, not \"" + text + '"');
        }
        return HexFormat.of().parseHex(hex);
    }
}
