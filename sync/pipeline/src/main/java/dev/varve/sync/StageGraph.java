package dev.varve.sync;

import static java.util.Objects.requireNonNull;

import dev.varve.logstore.TableSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The stages of a pipeline, checked and in the order in which they run: every stage behind its
 * inputs and behind those that it comes after, otherwise as they were given. Immutable.
 */
final class StageGraph {

    private final Map<String, StageSpec> specs = new LinkedHashMap<>();
    private final List<Stage> forwardOrder;

    /**
     * @throws IllegalArgumentException for an id given twice, an edge to an unknown stage, a table
     *     with two owners, and a cycle; it names them
     */
    StageGraph(List<Stage> stages) {
        Map<String, Stage> byId = new LinkedHashMap<>();
        for (Stage stage : stages) {
            StageSpec spec = stage.spec();
            if (byId.put(spec.id(), stage) != null) {
                throw new IllegalArgumentException("two stages are named " + spec.id());
            }
            specs.put(spec.id(), spec);
        }
        checkEdges();
        checkOwners();
        Set<String> order = new LinkedHashSet<>();
        for (String id : specs.keySet()) {
            visit(id, order, new LinkedHashSet<>());
        }
        List<Stage> ordered = new ArrayList<>();
        for (String id : order) {
            ordered.add(requireNonNull(byId.get(id), id));
        }
        this.forwardOrder = List.copyOf(ordered);
    }

    /** All stages, each behind what it depends on. */
    List<Stage> forwardOrder() {
        return forwardOrder;
    }

    /** The tables that a stage may read: its own and those of its inputs, and of theirs. */
    Set<TableSpec> readableBy(String id) {
        Set<TableSpec> tables = new LinkedHashSet<>();
        Set<String> seen = new LinkedHashSet<>();
        List<String> open = new ArrayList<>(List.of(id));
        while (!open.isEmpty()) {
            String stage = open.removeLast();
            if (seen.add(stage)) {
                tables.addAll(spec(stage).tables());
                open.addAll(spec(stage).inputs());
            }
        }
        return tables;
    }

    private StageSpec spec(String id) {
        return requireNonNull(specs.get(id), id);
    }

    private static List<String> predecessors(StageSpec spec) {
        List<String> all = new ArrayList<>(spec.inputs());
        all.addAll(spec.after());
        return all;
    }

    private void checkEdges() {
        for (StageSpec spec : specs.values()) {
            for (String other : predecessors(spec)) {
                if (!specs.containsKey(other)) {
                    throw new IllegalArgumentException(
                            "stage " + spec.id() + " depends on " + other + ", which is no stage");
                }
            }
        }
    }

    private void checkOwners() {
        Map<String, String> owners = new HashMap<>();
        owners.put(ProgressTable.SPEC.name(), "the pipeline");
        for (StageSpec spec : specs.values()) {
            for (TableSpec table : spec.tables()) {
                String other = owners.put(table.name(), spec.id());
                if (other != null) {
                    throw new IllegalArgumentException(
                            "table " + table.name() + " has two owners: " + other + " and "
                                    + spec.id());
                }
            }
        }
    }

    /** Adds a stage behind everything it depends on; {@code path} leads to it. */
    private void visit(String id, Set<String> order, Set<String> path) {
        if (order.contains(id)) {
            return;
        }
        if (!path.add(id)) {
            List<String> cycle = new ArrayList<>(path);
            cycle = cycle.subList(cycle.indexOf(id), cycle.size());
            throw new IllegalArgumentException(
                    "stages depend on each other in a cycle: " + String.join(" -> ", cycle) + " -> "
                            + id);
        }
        predecessors(spec(id)).forEach(other -> visit(other, order, path));
        path.remove(id);
        order.add(id);
    }
}
