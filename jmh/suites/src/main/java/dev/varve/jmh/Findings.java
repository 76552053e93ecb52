package dev.varve.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is not as it should be among many results, a sentence each, for the end of the output. */
final class Findings {

    private Findings() {}

    /** The regressions first, then what is inconclusive; nothing if all are OK. */
    static List<String> of(List<BenchResult> results) {
        List<String> lines = new ArrayList<>();
        for (Verdict verdict : List.of(Verdict.REGRESSED, Verdict.INCONCLUSIVE)) {
            results.stream()
                    .filter(result -> result.verdict() == verdict)
                    .map(Findings::line)
                    .forEach(lines::add);
        }
        return lines;
    }

    /** The suites of results that are not OK, each once. */
    static List<String> suites(List<BenchResult> results) {
        return results.stream()
                .filter(result -> result.verdict() != Verdict.OK)
                .map(BenchResult::suite)
                .distinct()
                .toList();
    }

    private static String line(BenchResult result) {
        String found =
                result.lo() == result.hi()
                        ? String.format(
                                Locale.ROOT,
                                "%s is %s %s, of at most %s",
                                result.name(),
                                number(result.value()),
                                result.unit(),
                                number(result.budget()))
                        : String.format(
                                Locale.ROOT,
                                "%s takes %.3f [%.3f, %.3f] times as long as %s, of at most %s",
                                result.name(),
                                result.value(),
                                result.lo(),
                                result.hi(),
                                result.against(),
                                number(result.budget()));
        return result.verdict() + " " + result.suite() + ": " + found;
    }

    private static String number(double value) {
        return ResultsJson.number(value);
    }
}
