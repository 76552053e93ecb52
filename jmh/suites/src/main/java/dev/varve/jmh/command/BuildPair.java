package dev.varve.jmh.command;

import dev.varve.jmh.ChildJvm;
import dev.varve.jmh.Main;
import dev.varve.jmh.duel.Contender;
import dev.varve.jmh.duel.DuelEffort;
import dev.varve.jmh.duel.DuelPlan;
import dev.varve.jmh.workload.HotPath;
import java.io.IOException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Two builds of the project that are to be compared, each with the suites that it has. Immutable.
 *
 * @param headClasses class path of the head
 * @param baseClasses class path of the base
 */
record BuildPair(
        String headClasses, Set<String> headSuites, String baseClasses, Set<String> baseSuites) {

    private static final long FILTER_RECORDS = 16_000_000;

    /** Asks both for their suites. */
    static BuildPair of(String headClasses, String baseClasses) throws IOException {
        return new BuildPair(headClasses, suites(headClasses), baseClasses, suites(baseClasses));
    }

    /** The suites that a build has, as it lists them. */
    private static Set<String> suites(String classPath) throws IOException {
        List<String> list = List.of(Main.class.getName(), "bench", "list");
        try (ChildJvm child = ChildJvm.start(classPath, List.of(), list)) {
            Set<String> suites = new HashSet<>();
            String line = child.readLine();
            while (line != null) {
                suites.add(line.split("\t", 2)[0]);
                line = child.readLine();
            }
            child.awaitSuccess();
            return suites;
        }
    }

    boolean headHas(HotPath path) {
        return headSuites.contains(path.suite());
    }

    boolean bothHave(HotPath path) {
        return headHas(path) && baseSuites.contains(path.suite());
    }

    /** The head against the base, on a path that both have. */
    DuelPlan plan(HotPath path) {
        DuelEffort.Medium medium = medium(path);
        return new DuelPlan(
                path.suite(),
                new Contender("head", path.suite(), headClasses),
                new Contender("base", path.suite(), baseClasses),
                tolerance(medium),
                medium,
                isFilter(path) ? FILTER_RECORDS : 0,
                DuelPlan.Results.EQUAL);
    }

    /** All but those whose code another one runs as well. */
    static List<HotPath> enough() {
        EnumSet<HotPath> paths = EnumSet.allOf(HotPath.class);
        paths.removeAll(
                List.of(
                        HotPath.COMMIT_NONE, // commit-group
                        HotPath.VIEW, // get
                        HotPath.COLD_MISS, // run-find
                        HotPath.RUN_WRITE, // maintenance
                        HotPath.RUN_MERGE)); // maintenance
        return List.copyOf(paths);
    }

    private static boolean isFilter(HotPath path) {
        return path == HotPath.FILTER_ADD
                || path == HotPath.FILTER_CONTAINS
                || path == HotPath.FILTER_SHARED;
    }

    private static DuelEffort.Medium medium(HotPath path) {
        return switch (path) {
            case APPEND, COMMIT_NONE, COMMIT_GROUP, COMMIT_SHARED, MAINTENANCE, RUN_WRITE,
                    RUN_MERGE, DEDUP, RECOVERY, STAGE ->
                    DuelEffort.Medium.DISK;
            case GET, VIEW, MISS, COLD_GET, COLD_MISS, GET_ALL, RUN_FIND, SCAN,
                    FILTER_CONTAINS, FILTER_ADD ->
                    DuelEffort.Medium.MEMORY;
            case GET_SHARED, FILTER_SHARED -> DuelEffort.Medium.PROCESSORS;
            case TRIE, ID_HASH, KECCAK, SENDER, RLP, EXECUTOR -> DuelEffort.Medium.PROCESSOR;
        };
    }

    /** The largest ratio to the base: what cannot be told from luck is let pass. */
    private static double tolerance(DuelEffort.Medium medium) {
        return switch (medium) {
            case PROCESSOR -> 1.05;
            case MEMORY, PROCESSORS -> 1.10;
            case DISK -> 1.15;
        };
    }
}
