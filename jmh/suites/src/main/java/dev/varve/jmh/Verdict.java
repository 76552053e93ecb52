package dev.varve.jmh;

import java.util.Collection;

/** What a measurement says about its budget. */
public enum Verdict {
    /** Within the budget, or measured for information and without one. */
    OK(0),

    /** Beyond the budget, for certain. */
    REGRESSED(4),

    /** The measurement cannot tell; shown, and never counted as a failure. */
    INCONCLUSIVE(5);

    private final int exitCode;

    Verdict(int exitCode) {
        this.exitCode = exitCode;
    }

    /** The exit code of a run of which this is the worst verdict. */
    public int exitCode() {
        return exitCode;
    }

    /** One verdict for many results: a certain regression outweighs a doubt. */
    public static Verdict worst(Collection<BenchResult> results) {
        Verdict worst = OK;
        for (BenchResult result : results) {
            if (result.verdict() == REGRESSED) {
                return REGRESSED;
            }
            worst = result.verdict() == INCONCLUSIVE ? INCONCLUSIVE : worst;
        }
        return worst;
    }
}
