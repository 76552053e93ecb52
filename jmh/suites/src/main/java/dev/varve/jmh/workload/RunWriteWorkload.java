package dev.varve.jmh.workload;

/**
 * Writes runs; one entry is one operation. Entries that are asked for are saved up until they make
 * a run.
 */
final class RunWriteWorkload implements Workload {

    private static final int MOST_ENTRIES = 20_000;

    private final RunSite runs;
    private final RunEntries entries;
    private long saved;
    private long written;

    RunWriteWorkload(Site site) {
        runs = new RunSite(site);
        entries = new RunEntries(site.seed(), 0, (int) Math.min(site.records(), MOST_ENTRIES));
    }

    @Override
    public long run(long operations) {
        saved += operations;
        for (; saved >= entries.count(); saved -= entries.count()) {
            runs.write(entries);
            runs.delete(entries.range());
            written++;
        }
        return written;
    }

    @Override
    public void close() {
        runs.close();
    }
}
