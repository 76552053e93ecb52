package dev.varve.jmh.workload;

import dev.varve.logstore.run.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * Merges four runs into one, again and again; one entry is one operation. Entries that are asked
 * for are saved up until they make a merge.
 */
final class RunMergeWorkload implements Workload {

    private static final int MOST_ENTRIES = 20_000;
    private static final int MERGED = 4;

    private final RunSite runs;
    private final List<Run> parts = new ArrayList<>();
    private final int entries;
    private long saved;
    private long merges;

    RunMergeWorkload(Site site) {
        runs = new RunSite(site);
        int partEntries = (int) Math.min(site.records(), MOST_ENTRIES) / MERGED;
        entries = partEntries * MERGED;
        for (int from = 0; from < entries; from += partEntries) {
            RunEntries part = new RunEntries(site.seed(), from, from + partEntries);
            runs.write(part);
            parts.add(runs.open(part.range()));
        }
    }

    @Override
    public long run(long operations) {
        saved += operations;
        for (; saved >= entries; saved -= entries) {
            runs.delete(runs.files().merge(parts));
            merges++;
        }
        return merges;
    }

    @Override
    public void close() {
        try (runs) {
            parts.forEach(Run::close);
        }
    }
}
