package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which values of a sweep's dimensions met in one execution, and which never did. */
final class Coverage {

    private static final String NO_HINTS = "no hints";

    private final Set<List<Object>> rows = new HashSet<>();
    private final Set<ExecutorMode> adaptive = EnumSet.noneOf(ExecutorMode.class);

    void add(
            Setup.Choice choice,
            AccessHints.@Nullable Precision precision,
            @Nullable ExecutorMode mode) {
        Object hints = precision == null ? NO_HINTS : precision;
        rows.add(
                List.of(
                        choice.mode(),
                        "threads " + choice.threads(),
                        "stripes " + choice.stripes(),
                        "window " + choice.window(),
                        "mask " + choice.hashMask(),
                        choice.disturbance(),
                        hints));
        if (choice.mode() == ExecutorMode.ADAPTIVE) {
            adaptive.add(Objects.requireNonNull(mode));
        }
    }

    /** The modes in which ADAPTIVE has executed blocks. */
    Set<ExecutorMode> adaptive() {
        return adaptive;
    }

    /** How many different values there were of each dimension. */
    List<Integer> sizes() {
        List<Integer> sizes = new ArrayList<>();
        for (int dimension = 0; dimension < dimensions(); dimension++) {
            sizes.add(values(dimension).size());
        }
        return sizes;
    }

    /**
     * Values of so many different dimensions that never met, though each of them occurred; but for
     * declared keys without hints, which is refused.
     */
    Set<String> missing(int together) {
        Set<String> missing = new TreeSet<>();
        List<Integer> picked = new ArrayList<>();
        pick(together, 0, picked, missing);
        return missing;
    }

    private void pick(int together, int from, List<Integer> picked, Set<String> missing) {
        if (picked.size() == together) {
            collectMissing(picked, missing);
            return;
        }
        for (int dimension = from; dimension < dimensions(); dimension++) {
            picked.add(dimension);
            pick(together, dimension + 1, picked, missing);
            picked.removeLast();
        }
    }

    private void collectMissing(List<Integer> picked, Set<String> missing) {
        Set<List<Object>> met = new HashSet<>();
        rows.forEach(row -> met.add(picked.stream().map(row::get).toList()));
        List<List<Object>> wanted = List.of(List.of());
        for (int dimension : picked) {
            List<List<Object>> longer = new ArrayList<>();
            for (List<Object> begun : wanted) {
                for (Object value : values(dimension)) {
                    List<Object> one = new ArrayList<>(begun);
                    one.add(value);
                    longer.add(one);
                }
            }
            wanted = longer;
        }
        for (List<Object> combination : wanted) {
            boolean isRefused =
                    combination.contains(ExecutorMode.ORDERED_LOCKS)
                            && combination.contains(NO_HINTS);
            if (!isRefused && !met.contains(combination)) {
                missing.add(combination.toString());
            }
        }
    }

    private Set<Object> values(int dimension) {
        Set<Object> values = new HashSet<>();
        rows.forEach(row -> values.add(row.get(dimension)));
        return values;
    }

    private int dimensions() {
        return rows.isEmpty() ? 0 : rows.iterator().next().size();
    }
}
