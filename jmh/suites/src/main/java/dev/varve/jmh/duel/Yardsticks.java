package dev.varve.jmh.duel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The duels of our operations against the physical limit of the same work, with the largest ratio
 * that each may have: a text file with one line for each, {@code program against medium records
 * ratio reason}. The program's suite is its name up to a colon. Such a ratio says the same on every
 * machine. Empty lines and those that begin with # are skipped.
 */
public final class Yardsticks {

    private static final String FILE = "duels.txt";
    private static final int WORDS = 6;

    private Yardsticks() {}

    /** Reads the duels of a project's reports folder. */
    public static List<DuelPlan> read(Path reports) throws IOException {
        return parse(Files.readAllLines(reports.resolve(FILE)));
    }

    static List<DuelPlan> parse(List<String> lines) {
        List<DuelPlan> plans = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank() && !line.startsWith("#")) {
                plans.add(plan(line));
            }
        }
        return plans;
    }

    private static DuelPlan plan(String line) {
        String[] words = line.split("\\s+", WORDS);
        if (words.length < WORDS) {
            throw new IllegalArgumentException(
                    "'" + line + "' is not 'program against medium records ratio reason'");
        }
        return new DuelPlan(
                words[0].split(":", 2)[0],
                Contender.own(words[0]),
                Contender.own(words[1]),
                Double.parseDouble(words[4]),
                DuelEffort.Medium.valueOf(words[2].toUpperCase(Locale.ROOT)),
                Long.parseLong(words[3]),
                DuelPlan.Results.UNRELATED);
    }
}
