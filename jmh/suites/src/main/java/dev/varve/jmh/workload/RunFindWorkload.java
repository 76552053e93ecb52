package dev.varve.jmh.workload;

import dev.varve.logstore.run.Run;

/** Finds the positions of random records in one run whose pages are in the cache. */
final class RunFindWorkload implements Workload {

    private final long seed;
    private final RunSite runs;
    private final Run run;
    private final int entries;
    private long done;

    RunFindWorkload(Site site) {
        seed = site.seed();
        entries = (int) Math.min(site.records(), RunEntries.MOST);
        runs = new RunSite(site);
        RunEntries all = new RunEntries(seed, 0, entries);
        runs.write(all);
        run = runs.open(all.range());
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        for (long i = 0; i < operations; i++) {
            long number = Mix.below(seed + 2, done++, entries);
            long position = run.find(RunEntries.hash(seed, number), Long.MAX_VALUE);
            if (position == Run.ABSENT) {
                throw new IllegalStateException("an entry of the run is not found");
            }
            sum += position;
        }
        return sum;
    }

    @Override
    public void close() {
        try (runs) {
            run.close();
        }
    }
}
