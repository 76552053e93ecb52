package dev.varve.build;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;

/** What breaks one rule, collected so that a build tells all of it at once. For one thread. */
final class Findings {

    private final String rule;
    private final List<String> found = new ArrayList<>();

    /** Starts empty; the rule, as a sentence, heads the message of a failure. */
    Findings(String rule) {
        this.rule = rule;
    }

    void add(String what) {
        found.add(what);
    }

    void assertNone() {
        if (!found.isEmpty()) {
            fail(rule + "\n" + String.join("\n", found));
        }
    }
}
