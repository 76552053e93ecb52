package dev.varve.jmh.workload;

import dev.varve.jmh.UsageException;

/**
 * Everything that can be run by name: the hot paths under the names of their suites, the physical
 * limits that they are compared with, {@code executor:...} as {@link ExecutorSpec} has it, and
 * {@code spin:N}, N rounds of arithmetic.
 */
public final class Programs {

    /** What the store writes for a commit of a thousand records, and of one. */
    private static final int BATCH_BYTES = 163_840;

    private static final int COMMIT_BYTES = 256;

    private static final String SPIN = "spin:";

    private Programs() {}

    /** Opens the program of that name; the caller closes it. */
    public static Workload open(String name, Site site) {
        if (name.startsWith(SPIN)) {
            return new Spin(Long.parseLong(name.substring(SPIN.length())), site.seed());
        }
        if (name.startsWith(ExecutorSpec.PREFIX)) {
            return ExecutorSpec.parse(name).open(site.seed());
        }
        return switch (name) {
            case "raw-write" ->
                new RawWrite(site, Records.BATCH, BATCH_BYTES, RawWrite.Force.ROUND);
            case "raw-force" -> new RawWrite(site, 1, COMMIT_BYTES, RawWrite.Force.EACH_WRITE);
            case "raw-read" -> new RawRead(site);
            case "raw-touch" -> new RawTouch(site);
            default ->
                HotPath.of(name)
                        .orElseThrow(() -> new UsageException("there is no program '" + name + "'"))
                        .open(site);
        };
    }
}
