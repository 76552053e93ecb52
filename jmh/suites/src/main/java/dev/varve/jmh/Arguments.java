package dev.varve.jmh;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a command, told apart. Whatever the command does not know, and a value that is
 * missing or malformed, is a {@link UsageException}. Immutable.
 */
public final class Arguments {

    private final List<String> words = new ArrayList<>();
    private final Set<String> flags = new HashSet<>();
    private final Map<String, String> values = new HashMap<>();

    private Arguments() {}

    /**
     * Tells the arguments apart.
     *
     * @param flags options without a value, dashes included
     * @param valued options that are followed by a value
     */
    public static Arguments parse(List<String> given, Set<String> flags, Set<String> valued) {
        Arguments arguments = new Arguments();
        for (int i = 0; i < given.size(); i++) {
            String word = given.get(i);
            if (flags.contains(word)) {
                arguments.flags.add(word);
            } else if (valued.contains(word)) {
                if (++i == given.size()) {
                    throw new UsageException(word + " needs a value");
                }
                arguments.values.put(word, given.get(i));
            } else if (word.startsWith("-")) {
                throw new UsageException("unknown option " + word);
            } else {
                arguments.words.add(word);
            }
        }
        return arguments;
    }

    /** What is no option, in order. */
    public List<String> words() {
        return List.copyOf(words);
    }

    public boolean has(String flag) {
        return flags.contains(flag);
    }

    public @Nullable String value(String option) {
        return values.get(option);
    }

    public String value(String option, String otherwise) {
        return values.getOrDefault(option, otherwise);
    }

    /** Where to write what is measured: given, or where the system has temporary files. */
    public Path folder() {
        String given = values.get("--dir");
        return Path.of(given == null ? System.getenv().getOrDefault("TMPDIR", "/tmp") : given);
    }

    /** A whole number of at least {@code least}. */
    public long number(String option, long otherwise, long least) {
        String text = values.get(option);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " needs a whole number, not '" + text + "'");
        }
        throw new UsageException(option + " is at least " + least + ", not " + text);
    }
}
