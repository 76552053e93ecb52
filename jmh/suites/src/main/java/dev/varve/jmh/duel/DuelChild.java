package dev.varve.jmh.duel;

import dev.varve.jmh.workload.Programs;
import dev.varve.jmh.workload.Site;
import dev.varve.jmh.workload.Workload;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One side of a duel, in a process of its own. Told {@code run N} or {@code round N} it does N
 * operations, a round with a force behind them, and answers with the nanoseconds and the result.
 * Ends when its input does. Arguments: program, folder, records, seed.
 */
public final class DuelChild {

    private DuelChild() {}

    public static void main(String[] arguments) throws IOException {
        Site site =
                Site.of(
                        Path.of(arguments[1]),
                        Long.parseLong(arguments[2]),
                        Long.parseLong(arguments[3]));
        try (Workload workload = Programs.open(arguments[0], site);
                BufferedReader input =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            String line = input.readLine();
            while (line != null) {
                System.out.println(answer(workload, line.split(" ", -1)));
                line = input.readLine();
            }
        }
    }

    private static String answer(Workload workload, String[] words) {
        long operations = Long.parseLong(words[1]);
        workload.tidy();
        long start = System.nanoTime();
        long result = workload.run(operations);
        if (words[0].equals("round")) {
            workload.force();
        }
        return (System.nanoTime() - start) + " " + result;
    }
}
