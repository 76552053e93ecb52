package dev.varve.jmh.medium;

import dev.varve.jmh.BenchResult;
import java.util.List;
import java.util.Locale;

/**
 * What a medium was measured to do. The times are medians of single calls of 4 KiB, past the page
 * cache where the file system lets them. Immutable.
 *
 * @param declared what the system says of the medium, right or wrong
 * @param readMib mebibytes read in a second, one after the other
 * @param writeMib mebibytes written in a second, one after the other
 * @param readUs microseconds to read a random page
 * @param forceUs microseconds to write the next page of an allocated file and force it
 * @param randomForceUs microseconds to write a random page and force it
 */
public record MediumFigures(
        Kind kind,
        String declared,
        double readMib,
        double writeMib,
        double readUs,
        double forceUs,
        double randomForceUs) {

    private static final String SUITE = "probe";

    /** What is in a report's environment. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s as measured (%s): %.0f MiB/s read, %.0f MiB/s written, random page %.0f us,"
                        + " page and force %.0f us, random %.0f us",
                kind.label(), declared, readMib, writeMib, readUs, forceUs, randomForceUs);
    }

    List<BenchResult> results() {
        return List.of(
                BenchResult.plain(SUITE, "sequential read", readMib, "MiB/s"),
                BenchResult.plain(SUITE, "sequential write", writeMib, "MiB/s"),
                BenchResult.plain(SUITE, "random read of 4 KiB", readUs, "us"),
                BenchResult.plain(SUITE, "next 4 KiB written and forced", forceUs, "us"),
                BenchResult.plain(SUITE, "random 4 KiB written and forced", randomForceUs, "us"));
    }

    /** What a medium behaves like. */
    public enum Kind {
        /** A read waits for a head to move and a disk to turn. */
        HARD_DISK("hard disk"),
        SSD("SSD"),
        /** The file system cannot pass its cache by: the figures are those of memory. */
        MEMORY("memory");

        /**
         * A disk of 7,200 turns a minute needs 4.2 ms for half a turn, one of 15,000 needs 2; of
         * what has no moving part, even what is behind a network answers in less.
         */
        private static final double HARD_DISK_US = 1_900;

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        /** What reads random pages past the page cache in that time. */
        static Kind of(double randomReadUs) {
            return randomReadUs >= HARD_DISK_US ? HARD_DISK : SSD;
        }
    }
}
